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

struct OpenFile {
  Descriptor descriptor;
  struct stat status;
};

std::string kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

// O_NONBLOCK: opening a pipe must not wait for its writer.
Result<OpenFile> open_regular(const std::filesystem::path& path, std::int64_t limit) {
  OpenFile file{};
  do {
    file.descriptor = Descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  } while (!file.descriptor && errno == EINTR);
  if (!file.descriptor) return system_error("file", errno);
  if (::fstat(file.descriptor.get(), &file.status) != 0) return system_error("file", errno);
  if (!S_ISREG(file.status.st_mode))
    return Error(Errc::not_a_file, "file: expected a regular file, got " + kind_of(file.status.st_mode));
  if (file.status.st_size > limit)
    return Error(Errc::limit_bytes, "file: expected at most " + std::to_string(limit) + " bytes, got " +
                                        std::to_string(file.status.st_size));
  return file;
}

Result<std::size_t> read_into(const OpenFile& file, std::span<std::byte> to) {
  const int fd = file.descriptor.get();
  switch (read_fully(to, [fd](std::byte* at, std::size_t bytes) { return ::read(fd, at, bytes); })) {
    case ReadEnd::failed:
      return system_error("file", errno);
    case ReadEnd::early:
      return Error(Errc::changed,
                   "file: expected " + std::to_string(to.size()) + " bytes, but it shrank while it was read");
    case ReadEnd::full:
      break;
  }
  struct stat now {};
  if (::fstat(fd, &now) != 0) return system_error("file", errno);
  if (now.st_size != file.status.st_size || now.st_mtim.tv_sec != file.status.st_mtim.tv_sec ||
      now.st_mtim.tv_nsec != file.status.st_mtim.tv_nsec)
    return Error(Errc::changed, "file: expected it to stay as it was, but it was written to while it was read");
  return to.size();
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

Result<FileBytes> read_file(const std::filesystem::path& path, std::int64_t limit) {
  Result<OpenFile> file = open_regular(path, limit);
  if (!file) return file.error();
  const auto size = static_cast<std::size_t>(file.value().status.st_size);
  std::shared_ptr<std::byte[]> data = allocate(size);
  if (!data) return no_memory(size);
  if (auto got = read_into(file.value(), {data.get(), size}); !got) return got.error();
  return FileBytes{std::move(data), size};
}

Result<std::span<const std::byte>> FileReader::read(const std::filesystem::path& path, std::int64_t limit) {
  Result<OpenFile> file = open_regular(path, limit);
  if (!file) return file.error();
  const auto size = static_cast<std::size_t>(file.value().status.st_size);
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
  if (auto got = read_into(file.value(), {buffer_.get(), size}); !got) return got.error();
  return std::span<const std::byte>(buffer_.get(), size);
}

}  // namespace fovea
