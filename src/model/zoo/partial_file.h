#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "base/descriptor.h"

namespace fovea::model {

// The part of a download that has come, under a lock that one process at a time holds. Throws Error(io, permission).
class PartialFile {
 public:
  explicit PartialFile(const std::filesystem::path& final_path);  // waits for the lock
  bool complete() const;                                          // the final file is there
  std::int64_t size() const { return size_; }

  void append(std::span<const std::byte> bytes);
  void clear();
  std::string sha256() const;
  void publish();  // to disk, then under the final name
  void remove();

 private:
  std::filesystem::path final_path_, path_;
  Descriptor lock_, file_;
  std::int64_t size_ = 0;
};

}  // namespace fovea::model
