#include "model/pickle/zip_records.h"

#include <zip.h>

#include <memory>

#include "model/tensor_bytes.h"

namespace fovea::model::pickle {
namespace {

constexpr ZipLimits limits{.max_members = 200'000, .max_expansion = 200};

using Archive = std::unique_ptr<zip_t, decltype(&zip_discard)>;
using ArchiveFile = std::unique_ptr<zip_file_t, decltype(&zip_fclose)>;

Archive open_archive(const FileBytes& file) {
  zip_source_t* source = zip_source_buffer_create(file.data.get(), file.size, 0, nullptr);
  if (source == nullptr) return {nullptr, &zip_discard};
  zip_t* archive = zip_open_from_source(source, ZIP_RDONLY, nullptr);
  if (archive == nullptr) zip_source_free(source);
  return {archive, &zip_discard};
}

}  // namespace

Result<ZipRecords> ZipRecords::open(const FileBytes& file) {
  auto directory = read_zip_directory(file.bytes(), limits);
  if (!directory) return directory.error();
  ZipRecords records;
  records.file_ = file;
  records.members_ = std::move(directory.value().members);
  return records;
}

Result<ZipRecords::Content> ZipRecords::read(std::string_view name) {
  const auto found = members_.find(name);
  if (found == members_.end())
    return Error(Errc::corrupt, "zip: expected a member " + shown(name) + ", got none of that name");
  const Member& member = found->second;
  if (member.method == 0) return Content{file_.bytes().subspan(member.content, member.size), file_.data};
  if (const auto done = inflated_.find(name); done != inflated_.end()) return done->second;
  auto content = inflate(found->first, member);
  if (content) inflated_.emplace(found->first, content.value());
  return content;
}

Result<ZipRecords::Content> ZipRecords::inflate(const std::string& name, const Member& member) {
  const auto failed = [&](const std::string& what) {
    return Error(Errc::corrupt,
                 "zip: " + shown(name) + ": expected " + std::to_string(member.size) + " deflated bytes, got " + what);
  };
  const Archive archive = open_archive(file_);
  if (!archive) return failed("an archive that cannot be opened");
  const char* same = zip_get_name(archive.get(), member.index, ZIP_FL_ENC_RAW);
  if (same == nullptr || name != same) return failed("a directory that reads in two ways");
  const ArchiveFile opened(zip_fopen_index(archive.get(), member.index, 0), &zip_fclose);
  if (!opened) return failed("a member that cannot be opened");
  Array bytes = Array::empty({static_cast<std::int64_t>(member.size)}, DType::u8);
  std::uint64_t done = 0;
  while (done < member.size) {
    const zip_int64_t got = zip_fread(opened.get(), bytes.data() + done, member.size - done);
    if (got <= 0) return failed(std::to_string(done) + (got < 0 ? " and an error" : ""));
    done += static_cast<std::uint64_t>(got);
  }
  std::byte beyond;
  if (zip_fread(opened.get(), &beyond, 1) != 0) return failed("more, or a wrong checksum");
  return Content{{bytes.data(), member.size}, std::make_shared<const Array>(bytes)};
}

}  // namespace fovea::model::pickle
