#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "fovea/error.h"

namespace fovea {

struct ZipMember {
  std::uint64_t index = 0;                      // in the central directory
  std::uint64_t size = 0, packed_size = 0;      // bytes
  std::uint64_t local_header = 0, content = 0;  // offsets in the file
  std::uint16_t method = 0;                     // 0 stored, 8 deflated
};

struct ZipDirectory {
  std::map<std::string, ZipMember, std::less<>> members;
};

struct ZipLimits {
  std::uint64_t max_members;
  std::uint64_t max_expansion;  // of all members together, in sizes of the file
};

// Checks the whole central directory: truncated, corrupt (overlaps, names twice, names that are no plain relative
// path), unsupported (encryption, a method), limit_bytes (expansion), limit_metadata (members).
Result<ZipDirectory> read_zip_directory(std::span<const std::byte> file, const ZipLimits&);

// Not empty, not absolute, no `..`, no backslash, colon or NUL.
bool plain_zip_name(std::string_view);

}  // namespace fovea
