#pragma once
#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/job/directory.h"

namespace fovea::pipeline {

// Files in a folder, which nobody else may write to meanwhile. They are written under names of their own in its root,
// and get their names together.
class FolderWriter {
 public:
  // Makes the folder if it is not there, locks it, and removes what an interrupted writer left in the making. Throws
  // Error(io), and Error(policy) when another process has it.
  explicit FolderWriter(const std::filesystem::path&);
  ~FolderWriter();  // removes what has no name yet
  FolderWriter(const FolderWriter&) = delete;
  FolderWriter& operator=(const FolderWriter&) = delete;

  void write(const std::string& name, std::span<const std::byte> bytes);  // name: is_member_name()
  void place();                                                           // gives the names
  // The same, with both the bytes and the names on the disk afterwards, in this order.
  void place_durably();

  const Directory& directory() const { return directory_; }

 private:
  void sync() const;
  Directory directory_;
  std::vector<std::pair<std::string, std::string>> pending_;  // temporary name, name
  std::int64_t written_ = 0;
};

}  // namespace fovea::pipeline
