#include "pipeline/job/folder_output.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/sha256.h"
#include "base/text.h"

namespace fovea::pipeline {
namespace {

bool has_file(const Row& row) {
  return !row.error && !row.file.empty();
}

class ListingFormat final : public RowFormat {
 public:
  void append(const Row& row, std::string& to) const override {
    if (!has_file(row)) return;
    to += "{\"index\":" + std::to_string(row.index) + ",\"bytes\":" + std::to_string(row.bytes.size()) +
          ",\"sha256\":\"" + sha256_hex(row.bytes) + "\",\"file\":" + json_quoted(row.file) + "}\n";
  }
};

std::filesystem::path listing_of(const std::filesystem::path& folder) {
  std::filesystem::path file = folder;
  return file += ".files";
}

}  // namespace

FolderOutput::FolderOutput(std::filesystem::path folder)
    : folder_(std::move(folder)),
      listing_(listing_of(folder_), std::make_unique<ListingFormat>(), {EarlierFile::Kind::listing, false, {}, 0}) {}

FolderWriter& FolderOutput::writer() {
  return writer_ ? *writer_ : writer_.emplace(folder_);
}

// The offset of the first line whose file is not there with its size, or -1. A file that a later line names again may
// have that one's size.
std::int64_t FolderOutput::first_missing(const EarlierFile& listing) {
  std::unordered_map<std::string, std::int64_t> missing;  // name, the last line with it
  std::vector<std::pair<std::int64_t, std::string>> lines;
  std::string line;
  for (std::int64_t offset = 0; offset < listing.extent().bytes; offset += std::ssize(line)) {
    line = listing.line_at(offset);
    const std::optional<ListedFile> file = listed_file(line);
    if (!file) return offset;
    if (const auto known = missing.find(file->name); known != missing.end()) known->second = offset;
    struct stat status {};
    const bool there =
        ::fstatat(writer().directory().descriptor(), file->name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISREG(status.st_mode) && status.st_size == file->bytes;
    if (there) continue;
    missing.insert_or_assign(file->name, offset);
    lines.emplace_back(offset, file->name);
  }
  for (const auto& [offset, name] : lines)
    if (missing.at(name) == offset) return offset;
  return -1;
}

std::size_t FolderOutput::matching(std::span<const Position> positions, bool final) {
  std::size_t count = listing_.matching(positions, final);
  if (count == 0) return 0;
  const std::int64_t missing = first_missing(*listing_.written(positions[count - 1].bytes));
  while (missing >= 0 && count > 0 && positions[count - 1].bytes > missing) --count;
  return count;
}

void FolderOutput::start(const Position* position) {
  writer();
  listing_.start(position);
}

void FolderOutput::write(const Row& row) {
  if (!has_file(row)) return;
  writer().write(row.file, row.bytes);
  listing_.write(row);
}

// The files come before the lines that tell of them.
Position FolderOutput::commit() {
  writer().place_durably();
  return listing_.commit();
}

bool FolderOutput::sealed(const Position& position, std::int64_t rows, bool partial) {
  return listing_.sealed(position, rows, partial) && first_missing(*listing_.written(position.bytes)) < 0;
}

// Before the list is begun the folder must be empty.
bool FolderOutput::exists() const {
  if (listing_.exists()) return true;
  std::error_code error;
  const bool empty = std::filesystem::is_empty(folder_, error);
  return !error && !empty && !listing_.begun();
}

std::unique_ptr<EarlierFile> FolderOutput::earlier(const Position& position, bool complete) {
  std::unique_ptr<EarlierFile> listing = listing_.earlier(position, complete);
  const std::int64_t missing = first_missing(*listing);
  if (missing >= 0)
    throw Error(Errc::policy, folder_.native() + ": expected the files of the earlier run, got none for " +
                                  shown(listing->line_at(missing)) + "; --fresh starts over");
  return listing;
}

}  // namespace fovea::pipeline
