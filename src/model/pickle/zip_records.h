#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/file.h"

namespace fovea::model::pickle {

// The members of a zip archive in memory. Stored members are views of the file; their CRC is not checked, since torch
// can be told to write none. Deflated ones are unpacked when they are first asked for, and their CRC is checked.
class ZipRecords {
 public:
  struct Member {
    std::uint64_t index = 0;                      // in the central directory
    std::uint64_t size = 0, packed_size = 0;      // bytes
    std::uint64_t local_header = 0, content = 0;  // offsets in the file
    std::uint16_t method = 0;                     // 0 stored, 8 deflated
  };

  // Checks the whole directory: truncated, corrupt, unsupported (encryption, a method), limit_bytes (members of more
  // than 200 times the file), limit_metadata (their count).
  static Result<ZipRecords> open(const FileBytes& file);

  const std::map<std::string, Member, std::less<>>& members() const { return members_; }

  struct Content {
    std::span<const std::byte> bytes;
    std::shared_ptr<const void> owner;
  };
  Result<Content> read(std::string_view name);

 private:
  Result<Content> inflate(const std::string& name, const Member& member);

  FileBytes file_;
  std::map<std::string, Member, std::less<>> members_;
  std::map<std::string, Content, std::less<>> inflated_;
};

// The central directory, in its order.
struct ZipDirectory {
  std::map<std::string, ZipRecords::Member, std::less<>> members;
};
Result<ZipDirectory> read_zip_directory(std::span<const std::byte> file);

}  // namespace fovea::model::pickle
