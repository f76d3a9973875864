#include "base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string>

#include "base/descriptor.h"
#include "base/read_fully.h"
#include "base/system_error.h"

namespace fovea {
namespace {

constexpr std::size_t huge_page = std::size_t{2} << 20;
constexpr std::size_t huge_from = std::size_t{4} << 20;
constexpr std::size_t cache_line = 64;

std::string kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

std::optional<Error> read_all(const InputFile& file, std::span<std::byte> to) {
  if (auto error = file.read(0, to)) return error;
  return file.check_unchanged();
}

Error no_memory(std::size_t bytes) {
  return Error(Errc::out_of_memory, "file: cannot allocate " + std::to_string(bytes) + " bytes");
}

std::shared_ptr<std::byte[]> map_huge(std::size_t bytes) {
  if (bytes > PTRDIFF_MAX - 2 * huge_page) return nullptr;
  const std::size_t whole = (bytes + huge_page - 1) / huge_page * huge_page;
  const std::size_t reserved = whole + huge_page;
  void* raw = ::mmap(nullptr, reserved, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (raw == MAP_FAILED) return nullptr;
  const auto address = reinterpret_cast<std::uintptr_t>(raw);
  const std::size_t skip = (huge_page - address % huge_page) % huge_page;
  std::byte* aligned = static_cast<std::byte*>(raw) + skip;
  if (skip != 0) ::munmap(raw, skip);
  ::munmap(aligned + whole, reserved - skip - whole);
  ::madvise(aligned, whole, MADV_HUGEPAGE);
  return std::shared_ptr<std::byte[]>(aligned, [whole](std::byte* data) { ::munmap(data, whole); });
}

std::shared_ptr<std::byte[]> allocate(std::size_t bytes) {
  if (bytes >= huge_from) return map_huge(bytes);
  void* raw = nullptr;
  if (::posix_memalign(&raw, cache_line, std::max<std::size_t>(bytes, 1)) != 0) return nullptr;
  return std::shared_ptr<std::byte[]>(static_cast<std::byte*>(raw), [](std::byte* data) { std::free(data); });
}

}  // namespace

// O_NONBLOCK: opening a pipe must not wait for its writer.
Result<InputFile> InputFile::open(const std::filesystem::path& path, std::int64_t limit, bool writing) {
  InputFile file;
  do {
    const int flags = (writing ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    file.descriptor_ = Descriptor(::open(path.c_str(), flags));
  } while (!file.descriptor_ && errno == EINTR);
  if (!file.descriptor_) return system_error("file", errno);
  struct stat status {};
  if (::fstat(file.descriptor_.get(), &status) != 0) return system_error("file", errno);
  if (!S_ISREG(status.st_mode))
    return Error(Errc::not_a_file, "file: expected a regular file, got " + kind_of(status.st_mode));
  if (status.st_size > limit)
    return Error(Errc::limit_bytes,
                 "file: expected at most " + std::to_string(limit) + " bytes, got " + std::to_string(status.st_size));
  file.size_ = status.st_size;
  file.seconds_ = status.st_mtim.tv_sec;
  file.nanoseconds_ = status.st_mtim.tv_nsec;
  return file;
}

std::optional<Error> InputFile::read(std::int64_t offset, std::span<std::byte> to) const {
  switch (read_fully(to, [&](std::byte* at, std::size_t bytes) {
    const ssize_t got = ::pread(descriptor_.get(), at, bytes, offset);
    if (got > 0) offset += got;
    return got;
  })) {
    case ReadEnd::failed:
      return system_error("file", errno);
    case ReadEnd::early:
      return Error(Errc::changed,
                   "file: expected " + std::to_string(size_) + " bytes, but it shrank while it was read");
    case ReadEnd::full:
      break;
  }
  return std::nullopt;
}

std::optional<Error> InputFile::check_unchanged() const {
  struct stat now {};
  if (::fstat(descriptor_.get(), &now) != 0) return system_error("file", errno);
  if (now.st_size != size_ || now.st_mtim.tv_sec != seconds_ || now.st_mtim.tv_nsec != nanoseconds_)
    return Error(Errc::changed, "file: expected it to stay as it was, but it was written to while it was read");
  return std::nullopt;
}

Result<FileBytes> read_file(const std::filesystem::path& path, std::int64_t limit) {
  Result<InputFile> file = InputFile::open(path, limit);
  if (!file) return file.error();
  const auto size = static_cast<std::size_t>(file.value().size());
  std::shared_ptr<std::byte[]> data = allocate(size);
  if (!data) return no_memory(size);
  if (auto error = read_all(file.value(), {data.get(), size})) return *error;
  return FileBytes{std::move(data), size};
}

Result<std::span<const std::byte>> FileReader::read(const std::filesystem::path& path, std::int64_t limit) {
  Result<InputFile> file = InputFile::open(path, limit);
  if (!file) return file.error();
  const auto size = static_cast<std::size_t>(file.value().size());
  if (size > capacity_) {
    constexpr std::size_t block = std::size_t{64} << 10;
    if (size > PTRDIFF_MAX - block) return no_memory(size);
    const std::size_t wanted = (size + block - 1) / block * block;
    buffer_.reset();
    capacity_ = 0;
    buffer_.reset(new (std::nothrow) std::byte[wanted]);
    if (!buffer_) return no_memory(size);
    capacity_ = wanted;
  }
  if (auto error = read_all(file.value(), {buffer_.get(), size})) return *error;
  return std::span<const std::byte>(buffer_.get(), size);
}

}  // namespace fovea
