#include "pipeline/input/archive_reader.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <string_view>

#include "base/system_error.h"
#include "base/text.h"

namespace fovea::pipeline {
namespace {

constexpr std::size_t block_bytes = 256 << 10;
// An archive that unpacks to more than this is held to the ratio.
constexpr std::int64_t free_bytes = std::int64_t{64} << 20, most_ratio = 1000;

// In a file; -1: not known, as of a pipe.
std::int64_t bytes_left(int descriptor) {
  struct stat status {};
  const off_t place = ::lseek(descriptor, 0, SEEK_CUR);
  return place >= 0 && ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) ? status.st_size - place : -1;
}

}  // namespace

void ArchiveReader::Free::operator()(archive* reader) const {
  archive_read_free(reader);
}

ArchiveReader::ArchiveReader(Descriptor descriptor, Take take) : ArchiveReader(take) {
  descriptor_ = std::move(descriptor);
}

ArchiveReader::ArchiveReader(std::unique_ptr<RemoteFile> file) : ArchiveReader(Take::tar) {
  remote_ = std::move(file);
}

ArchiveReader::ArchiveReader(Take take) : archive_(archive_read_new()) {
  if (!archive_) throw std::bad_alloc();
  archive_read_support_filter_gzip(archive_.get());
  archive_read_support_filter_zstd(archive_.get());
  archive_read_support_filter_xz(archive_.get());
  archive_read_support_filter_bzip2(archive_.get());
  if (take != Take::bytes) archive_read_support_format_tar(archive_.get());
  if (take != Take::tar) archive_read_support_format_raw(archive_.get());
  if (take != Take::tar) archive_read_support_format_empty(archive_.get());
}

ArchiveReader::~ArchiveReader() = default;

bool ArchiveReader::open() {
  if (!remote_) {
    const std::int64_t left = bytes_left(descriptor_.get());
    if (archive_read_open_fd(archive_.get(), descriptor_.get(), block_bytes) != ARCHIVE_OK) return false;
    if (archive_filter_code(archive_.get(), 0) == ARCHIVE_FILTER_NONE) end_ = left;
    return true;
  }
  const auto read = [](archive* reader, void* self, const void** bytes) -> la_ssize_t {
    auto& archive_reader = *static_cast<ArchiveReader*>(self);
    const Result<std::span<const std::byte>> piece = archive_reader.remote_->read();
    const bool nothing = piece && archive_reader.remote_->given() == 0;
    if (!piece || nothing) {
      archive_reader.remote_failure_ =
          nothing ? Error(Errc::empty, "archive: expected one, got 0 bytes") : piece.error();
      archive_set_error(reader, EIO, "the download failed");
      return ARCHIVE_FATAL;
    }
    *bytes = piece.value().data();
    return static_cast<la_ssize_t>(piece.value().size());
  };
  return archive_read_open(archive_.get(), this, nullptr, read, nullptr) == ARCHIVE_OK;
}

Error ArchiveReader::failure(const char* doing) const {
  if (remote_failure_) return *remote_failure_;
  const char* text = archive_error_string(archive_.get());
  const std::string what = text ? shown(text) : "no reason";
  const int code = archive_errno(archive_.get());
  if (code == EIO || code == EISDIR || code == EBADF) return system_error("archive", code);
  const bool ends = text && (std::string_view(text).find("runcated") != std::string_view::npos ||
                             std::string_view(text).find("nexpected end") != std::string_view::npos);
  return Error(ends ? Errc::truncated : Errc::corrupt, std::string("archive: ") + doing + ": " + what);
}

std::optional<Error> ArchiveReader::bomb() const {
  const std::int64_t unpacked = archive_filter_bytes(archive_.get(), 0),
                     packed = archive_filter_bytes(archive_.get(), -1);
  if (unpacked <= free_bytes || unpacked / most_ratio <= packed) return std::nullopt;
  return Error(Errc::limit_ratio, "archive: " + std::to_string(packed) + " bytes unpack to more than " +
                                      std::to_string(most_ratio) + " times as many");
}

// Seeking goes beyond the end of a file that was cut.
std::int64_t ArchiveReader::place() const {
  const std::int64_t place = archive_filter_bytes(archive_.get(), 0);
  return end_ < 0 ? place : std::min(place, end_);
}

// Unpacking is watched on the way.
std::optional<Error> ArchiveReader::read_past_member() {
  const void* block = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0;
  int code = ARCHIVE_OK;
  while ((code = archive_read_data_block(archive_.get(), &block, &size, &offset)) != ARCHIVE_EOF) {
    if (code < ARCHIVE_WARN) return failure("expected the member's bytes");
    if (auto error = bomb()) return error;
  }
  return std::nullopt;
}

std::optional<Error> ArchiveReader::skip_member() {
  std::optional<Error> error;
  if (archive_filter_code(archive_.get(), 0) != ARCHIVE_FILTER_NONE) error = read_past_member();
  if (!error && archive_read_data_skip(archive_.get()) != ARCHIVE_OK) error = failure("expected the member's bytes");
  if (!error && end_ >= 0 && archive_filter_bytes(archive_.get(), 0) > end_)
    error = Error(Errc::truncated, "archive: expected the member's bytes: it ends before them");
  failed_in_member_ = error && place() - bytes_begin_ < size();
  return error;
}

Result<bool> ArchiveReader::next() {
  if (!opened_) {
    opened_ = true;
    if (!open()) return failure("expected to open it");
  }
  if (entry_)
    if (auto error = skip_member()) return *error;
  const std::int64_t before = place();
  const int code = archive_read_next_header(archive_.get(), &entry_);
  if (code == ARCHIVE_EOF) {
    entry_ = nullptr;
    if (is_tar() && place() == before)
      return Error(Errc::truncated, "archive: expected its end mark, got the end of the file");
    return false;
  }
  if (code != ARCHIVE_OK && code != ARCHIVE_WARN) return failure("expected a member");
  bytes_begin_ = place();
  if (auto error = bomb()) return *error;
  return true;
}

bool ArchiveReader::is_tar() const {
  return (archive_format(archive_.get()) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_TAR;
}

// Names of extended headers are UTF-8 by their standard and have no form in the C locale; others are bytes.
std::string ArchiveReader::name() const {
  const char* bytes = archive_entry_pathname(entry_);
  if (!bytes) bytes = archive_entry_pathname_utf8(entry_);
  return bytes ? bytes : "";
}

std::int64_t ArchiveReader::size() const {
  return archive_entry_size_is_set(entry_) ? archive_entry_size(entry_) : -1;
}

bool ArchiveReader::is_file() const {
  return archive_entry_filetype(entry_) == AE_IFREG && !archive_entry_hardlink(entry_);
}

bool ArchiveReader::is_folder() const {
  return archive_entry_filetype(entry_) == AE_IFDIR;
}

std::string ArchiveReader::kind() const {
  if (archive_entry_hardlink(entry_)) return "a hard link";
  switch (archive_entry_filetype(entry_)) {
    case AE_IFLNK:
      return "a symbolic link";
    case AE_IFCHR:
    case AE_IFBLK:
      return "a device";
    case AE_IFIFO:
      return "a pipe";
    default:
      return "something else";
  }
}

Result<std::size_t> ArchiveReader::read(std::span<std::byte> to) {
  if (!entry_) return std::size_t{0};
  la_ssize_t got = ARCHIVE_RETRY;
  while (got == ARCHIVE_RETRY) got = archive_read_data(archive_.get(), to.data(), to.size());
  if (got < 0) return failure("expected the member's bytes");
  if (auto error = bomb()) return *error;
  return static_cast<std::size_t>(got);
}

}  // namespace fovea::pipeline
