#include "base/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <string>
#include <utility>

#include "base/system_error.h"
#include "base/write_fully.h"
#include "fovea/error.h"

namespace fovea {
namespace {

constexpr mode_t new_file_mode = 0666;  // less the umask

void check(int code) {
  if (code != 0) throw system_error("writing", code);
}

}  // namespace

OutputFile OutputFile::replacing(const std::filesystem::path& path) {
  static std::atomic<unsigned> counter{0};
  OutputFile file;
  file.path_ = path;
  std::error_code ignored;
  const auto status = std::filesystem::status(path, ignored);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
    throw Error(Errc::not_a_file, "writing: expected a regular file, got a directory, pipe, socket or device");
  for (int attempt = 0; !file.descriptor_; ++attempt) {
    std::filesystem::path temporary = path;
    temporary += ".tmp-" + std::to_string(::getpid()) + "-" + std::to_string(counter++);
    file.descriptor_ = Descriptor(::open(temporary.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, new_file_mode));
    if (file.descriptor_)
      file.temporary_ = std::move(temporary);
    else if (errno != EINTR && (errno != EEXIST || attempt >= 100))
      throw system_error("writing", errno);
  }
  return file;
}

OutputFile OutputFile::truncating(const std::filesystem::path& path) {
  OutputFile file;
  file.path_ = path;
  do {
    file.descriptor_ =
        Descriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, new_file_mode));
  } while (!file.descriptor_ && errno == EINTR);
  if (!file.descriptor_) throw system_error("writing", errno);
  struct stat status {};
  if (::fstat(file.descriptor_.get(), &status) != 0) throw system_error("writing", errno);
  if (!S_ISREG(status.st_mode))
    throw Error(Errc::not_a_file, "writing: expected a regular file, got a pipe, socket or device");
  if (::ftruncate(file.descriptor_.get(), 0) != 0) throw system_error("writing", errno);
  return file;
}

OutputFile::~OutputFile() {
  if (descriptor_ && !temporary_.empty()) ::unlink(temporary_.c_str());
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : descriptor_(std::move(other.descriptor_)),
      path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})) {}

OutputFile& OutputFile::operator=(OutputFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(path_, other.path_);
  std::swap(temporary_, other.temporary_);
  return *this;
}

void OutputFile::write(std::span<const std::byte> bytes) {
  check(write_fully(descriptor_.get(), bytes));
}

void OutputFile::write_at(std::int64_t offset, std::span<const std::byte> bytes) {
  check(write_fully_at(descriptor_.get(), offset, bytes));
}

void OutputFile::cut(std::int64_t size) noexcept {
  if (::ftruncate(descriptor_.get(), size) != 0) return;
}

void OutputFile::extend(std::int64_t size) {
  if (::ftruncate(descriptor_.get(), size) != 0) throw system_error("writing", errno);
}

// The bytes reach the disk before the name does: after a power cut there is the old file or the whole new one.
void OutputFile::commit() {
  if (!temporary_.empty() && ::fsync(descriptor_.get()) != 0) throw system_error("writing", errno);
  if (!temporary_.empty() && ::rename(temporary_.c_str(), path_.c_str()) != 0) throw system_error("writing", errno);
  temporary_.clear();
  if (::close(descriptor_.release()) != 0 && errno != EINTR) throw system_error("writing", errno);
}

}  // namespace fovea
