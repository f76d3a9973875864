#include <algorithm>
#include <string_view>

#include "base/file.h"
#include "base/text.h"
#include "pipeline/input/sources.h"

namespace fovea::pipeline {
namespace {

constexpr std::size_t first_read = 1 << 20;  // bytes asked for before the archive has shown that it has them

// Members that go with a picture of the same key in WebDataset's shards.
constexpr std::string_view sidecars[] = {"json", "txt", "cls",   "cls2", "csv",     "tsv",   "npy",        "npz",
                                         "pyd",  "pth", "index", "text", "caption", "jsonl", "transcript", "xml",
                                         "yaml", "yml", "count", "inx",  "id",      "md5",   "ten"};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

bool is_sidecar(const std::string& member) {
  const std::string file = member.substr(member.rfind('/') + 1);
  const std::size_t dot = file.rfind('.');
  if (dot == file.npos) return false;
  return std::find(std::begin(sidecars), std::end(sidecars), lower(file.substr(dot + 1))) != std::end(sidecars);
}

class TarSource final : public Source {
 public:
  TarSource(std::string name, std::unique_ptr<ArchiveReader> reader, bool at_member, std::int64_t limit)
      : name_(std::move(name)), reader_(std::move(reader)), at_member_(at_member), limit_(limit) {}

  std::optional<std::string> next() override {
    error_.reset();
    while (reader_) {
      const bool row_tells = std::exchange(reads_, false);
      const Result<bool> more = std::exchange(at_member_, false) ? Result<bool>(true) : reader_->next();
      if (!more) {
        error_ = more.error();
        const bool told = row_tells && reader_->failed_in_member();
        reader_.reset();
        if (told) break;
        return name_;  // the row of what is missing
      }
      if (!more.value()) {
        reader_.reset();
        break;
      }
      const std::string member = reader_->name();
      if (reader_->is_folder() || is_sidecar(member)) continue;
      reads_ = reader_->is_file() && reader_->size() <= limit_;
      return name_ + '!' + member;
    }
    return std::nullopt;
  }

  Content take() override {
    if (error_) return *error_;
    if (!reader_->is_file())
      return Error(Errc::not_a_file, "archive: expected a file, got " + reader_->kind() + ", which is not followed");
    const std::int64_t size = reader_->size();
    if (size > limit_)
      return Error(Errc::limit_bytes,
                   "archive: a member of " + std::to_string(size) + " bytes, limit " + std::to_string(limit_));
    return contents(static_cast<std::size_t>(std::max<std::int64_t>(size, 0)));
  }

 private:
  // Grows with the bytes that come: a header can promise more than there are.
  Content contents(std::size_t size) {
    std::vector<std::byte> bytes;
    for (std::size_t filled = 0; filled < size;) {
      bytes.resize(std::min(size, std::max(first_read, 2 * filled)));
      const Result<std::size_t> got = reader_->read(std::span(bytes).subspan(filled));
      if (!got) {
        const Error error = got.error();
        reader_.reset();
        return error;
      }
      if (got.value() == 0) return Error(Errc::truncated, "archive: the member ends before its size");
      filled += got.value();
    }
    return bytes;
  }

  std::string name_;
  std::unique_ptr<ArchiveReader> reader_;  // nothing after the end
  bool at_member_;
  std::int64_t limit_;
  std::optional<Error> error_;
  bool reads_ =
      false;  // the member's bytes, when it is taken: its own row tells what they lack, now or in an earlier run
};

}  // namespace

std::unique_ptr<Source> tar_source(const std::string& name, std::unique_ptr<ArchiveReader> reader, bool at_member,
                                   std::int64_t limit) {
  return std::make_unique<TarSource>(name, std::move(reader), at_member, limit);
}

std::unique_ptr<Source> tar_source(const std::string& path, std::int64_t limit) {
  Result<InputFile> file = InputFile::open(path);
  if (!file) return error_source(path, file.error());
  if (file.value().size() == 0) return error_source(path, Error(Errc::empty, "archive: expected one, got 0 bytes"));
  auto reader = std::make_unique<ArchiveReader>(Descriptor(::dup(file.value().descriptor())), ArchiveReader::Take::tar);
  return tar_source(path, std::move(reader), false, limit);
}

std::unique_ptr<Source> remote_tar_source(std::shared_ptr<Fetcher> fetcher, const std::string& url,
                                          std::int64_t limit) {
  auto file = std::make_unique<RemoteFile>(std::move(fetcher), url);
  return tar_source(public_url(url), std::make_unique<ArchiveReader>(std::move(file)), false, limit);
}

}  // namespace fovea::pipeline
