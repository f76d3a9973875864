#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <span>

#include "base/descriptor.h"
#include "fovea/error.h"

namespace fovea {

// A file's bytes in memory of our own, so that a change on disk cannot reach us. Copies share them.
struct FileBytes {
  std::shared_ptr<const std::byte[]> data;
  std::size_t size = 0;
  std::span<const std::byte> bytes() const { return {data.get(), size}; }
};

// A regular file, open for reading (and writing, for a map). Errors: not_found, permission, not_a_file, limit_bytes for
// more than `limit` bytes, changed, io. Messages do not name the path: the caller's row or message does.
class InputFile {
 public:
  static Result<InputFile> open(const std::filesystem::path&,
                                std::int64_t limit = std::numeric_limits<std::int64_t>::max(), bool writing = false);
  std::int64_t size() const { return size_; }
  int descriptor() const { return descriptor_.get(); }
  // Fills `to` from an offset. EINTR and short reads are retried. From any thread.
  std::optional<Error> read(std::int64_t offset, std::span<std::byte> to) const;
  std::optional<Error> check_unchanged() const;  // since it was opened, by its size and times

 private:
  Descriptor descriptor_;
  std::int64_t size_ = 0, seconds_ = 0, nanoseconds_ = 0;
};

// Reads a whole file of at most `limit` bytes; limit_bytes comes before anything is allocated.
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
