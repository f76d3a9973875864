#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "fovea/error.h"

namespace fovea {

// A file's bytes in memory of our own, so that a change on disk cannot reach us. Copies share them.
struct FileBytes {
  std::shared_ptr<const std::byte[]> data;
  std::size_t size = 0;
  std::span<const std::byte> bytes() const { return {data.get(), size}; }
};

// Reads a regular file of at most `limit` bytes. EINTR and short reads are retried.
// Errors: not_found, permission, not_a_file, limit_bytes (before anything is allocated), changed, io. Messages do not
// name the path: the caller's row or message does.
Result<FileBytes> read_file(const std::filesystem::path&, std::int64_t limit);

// The same into a buffer that is kept from call to call.
class FileReader {
 public:
  Result<std::span<const std::byte>> read(const std::filesystem::path&, std::int64_t limit);

 private:
  std::unique_ptr<std::byte[]> buffer_;
  std::size_t capacity_ = 0;
};

}  // namespace fovea
