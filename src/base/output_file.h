#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

#include "base/descriptor.h"

namespace fovea {

// A regular file that is written from its start and may be mapped. Every function throws Error(io, permission,
// not_found, not_a_file).
class OutputFile {
 public:
  OutputFile() = default;
  // Writes a new file beside `path`, which commit() puts in its place; without commit() `path` stays as it was.
  static OutputFile replacing(const std::filesystem::path& path);
  // Empties `path` and writes it in place.
  static OutputFile truncating(const std::filesystem::path& path);
  ~OutputFile();
  OutputFile(OutputFile&&) noexcept;
  OutputFile& operator=(OutputFile&&) noexcept;

  void write(std::span<const std::byte> bytes);  // appends
  void write_at(std::int64_t offset, std::span<const std::byte> bytes);
  void cut(std::int64_t size) noexcept;  // drops what lies behind; a failure leaves it
  void extend(std::int64_t size);        // by zeros that take no space on the disk yet
  int descriptor() const { return descriptor_.get(); }
  void commit();  // closes; nothing may be written afterwards

 private:
  Descriptor descriptor_;
  std::filesystem::path path_, temporary_;  // temporary_ is empty when the file is written in place
};

}  // namespace fovea
