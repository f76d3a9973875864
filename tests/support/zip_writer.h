#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "support/file_bytes.h"

namespace fovea::test {

// Lays out a zip archive by hand, so that every field can lie.
struct ZipEntry {
  std::string name, content;
  std::uint16_t method = 0, flags = 0;
  std::int64_t declared_size = -1;  // -1: that of the content
  std::int64_t declared_packed_size = -1;
  std::int64_t declared_offset = -1;
  std::string local_name = {};  // empty: the name
};

inline std::string zip_of(const std::vector<ZipEntry>& entries, int declared_count = -1) {
  std::string file, directory;
  for (const ZipEntry& e : entries) {
    const auto packed =
        static_cast<std::uint32_t>(e.declared_packed_size < 0 ? e.content.size() : e.declared_packed_size);
    const auto size = static_cast<std::uint32_t>(e.declared_size < 0 ? e.content.size() : e.declared_size);
    const auto offset = static_cast<std::uint32_t>(e.declared_offset < 0 ? file.size() : e.declared_offset);
    const std::string& local = e.local_name.empty() ? e.name : e.local_name;
    const auto common = [&](const std::string& name) {
      return little_endian(e.flags) + little_endian(e.method) + std::string(8, '\0') + little_endian(packed) +
             little_endian(size) + little_endian(static_cast<std::uint16_t>(name.size())) + std::string(2, '\0');
    };
    directory += "PK\x01\x02" + std::string("\x14\0\x14\0", 4) + common(e.name) + std::string(10, '\0') +
                 little_endian(offset) + e.name;
    file += "PK\x03\x04" + std::string("\x14\0", 2) + common(local) + local + e.content;
  }
  const auto count = static_cast<std::uint16_t>(declared_count < 0 ? entries.size() : declared_count);
  return file + directory + "PK\x05\x06" + std::string(4, '\0') + little_endian(count) + little_endian(count) +
         little_endian(static_cast<std::uint32_t>(directory.size())) +
         little_endian(static_cast<std::uint32_t>(file.size())) + std::string(2, '\0');
}

}  // namespace fovea::test
