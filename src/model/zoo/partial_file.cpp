#include "model/zoo/partial_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <vector>

#include "base/sha256.h"
#include "base/system_error.h"

namespace fovea::model {
namespace {

constexpr mode_t mode = 0666;  // less the umask

std::filesystem::path with_suffix(std::filesystem::path path, const char* suffix) {
  return path += suffix;
}

Descriptor open_or_throw(const std::filesystem::path& path, int flags) {
  Descriptor file(::open(path.c_str(), flags | O_CLOEXEC, mode));
  if (!file) throw system_error("download: " + path.filename().string(), errno);
  return file;
}

void check(int result) {
  if (result != 0) throw system_error("download", errno);
}

}  // namespace

PartialFile::PartialFile(const std::filesystem::path& final_path)
    : final_path_(final_path), path_(with_suffix(final_path, ".part")) {
  std::error_code failed;
  std::filesystem::create_directories(final_path.parent_path(), failed);
  if (failed) throw system_error("download: the cache folder", failed.value());
  lock_ = open_or_throw(with_suffix(final_path, ".lock"), O_RDWR | O_CREAT);
  while (::flock(lock_.get(), LOCK_EX) != 0)
    if (errno != EINTR) throw system_error("download: the cache's lock", errno);
  if (complete()) return;
  file_ = open_or_throw(path_, O_RDWR | O_CREAT | O_NOFOLLOW);
  struct stat status {};
  check(::fstat(file_.get(), &status));
  size_ = status.st_size;
}

bool PartialFile::complete() const {
  std::error_code failed;
  return std::filesystem::is_regular_file(final_path_, failed);
}

void PartialFile::append(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = ::pwrite(file_.get(), bytes.data(), bytes.size(), size_);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) throw system_error("download", errno);
    size_ += wrote;
    bytes = bytes.subspan(static_cast<std::size_t>(wrote));
  }
}

void PartialFile::clear() {
  check(::ftruncate(file_.get(), 0));
  size_ = 0;
}

std::string PartialFile::sha256() const {
  Sha256 hash;
  std::vector<std::byte> block(std::size_t{1} << 20);
  for (std::int64_t at = 0; at < size_;) {
    const ssize_t got = ::pread(file_.get(), block.data(), block.size(), at);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) throw system_error("download", got < 0 ? errno : EIO);
    hash.update(std::span(block).first(static_cast<std::size_t>(got)));
    at += got;
  }
  return hash.hex();
}

void PartialFile::publish() {
  check(::fsync(file_.get()));
  check(::rename(path_.c_str(), final_path_.c_str()));
  const Descriptor folder(::open(final_path_.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder) ::fsync(folder.get());
}

void PartialFile::remove() {
  check(::unlink(path_.c_str()));
}

}  // namespace fovea::model
