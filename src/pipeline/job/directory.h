#pragma once
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "fovea/error.h"

namespace fovea::pipeline {

// The Error(io) for an errno value met while a job's file was written: it names the file, and says what helps.
Error medium_error(const std::string& file, int error_number);

// A directory held open, so that what happens to its path cannot lead a file elsewhere. Names have no slash; a symbolic
// link under a name is never followed. Every function throws Error(io) for what it does not answer with.
class Directory {
 public:
  struct Entry {
    mode_t mode = 0;
    dev_t device = 0;
    ino_t inode = 0;
    std::int64_t size = 0;
  };

  Directory() = default;
  explicit Directory(const std::filesystem::path&);
  static Directory made(const std::filesystem::path&);  // if it is not there
  // The folder `name` of this one, made if it is not there.
  Directory folder(const std::string& name) const;

  std::optional<Descriptor> open(const std::string& name) const;  // for reading, a regular file; nothing if absent
  Descriptor open_writing(const std::string& name) const;         // and reading; made if absent
  std::optional<Entry> find(const std::string& name) const;       // nothing if absent
  std::vector<std::string> names() const;
  void rename(const std::string& from, const std::string& to) const;
  void rename(const std::string& from, const Directory& to, const std::string& name) const;
  void remove(const std::string& name) const;  // a file that may be absent
  void sync() const;                           // names that were made, given and removed
  int descriptor() const { return descriptor_.get(); }
  std::string path_of(const std::string& name) const { return (path_ / name).native(); }  // for messages

 private:
  Descriptor descriptor_;
  std::filesystem::path path_;
};

// Of the file behind a descriptor; Error(io) names `file`.
bool try_lock(int descriptor, const std::string& file);   // false: another has it; to the end of the descriptor
std::optional<std::int64_t> lock_holder(int descriptor);  // the process, where /proc/locks tells
void sync_data(int descriptor, const std::string& file);
void cut_file(int descriptor, std::int64_t size, const std::string& file);
std::int64_t size_of_file(int descriptor, const std::string& file);
// Throws when the file has lost all its names: what is written to it would be lost.
void check_named(int descriptor, const std::string& file);

}  // namespace fovea::pipeline
