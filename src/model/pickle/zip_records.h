#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/zip_directory.h"

namespace fovea::model::pickle {

// The members of a zip archive in memory. Stored members are views of the file; their CRC is not checked, since torch
// can be told to write none. Deflated ones are unpacked when they are first asked for, and their CRC is checked.
class ZipRecords {
 public:
  using Member = ZipMember;

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

}  // namespace fovea::model::pickle
