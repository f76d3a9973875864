#include "pipeline/folder_writer.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "base/write_fully.h"
#include "pipeline/member_name.h"

namespace fovea::pipeline {
namespace {

Directory made(const std::filesystem::path& path) {
  if (::mkdir(path.c_str(), 0777) != 0 && errno != EEXIST) throw medium_error(path.native(), errno);
  return Directory(path);
}

void lock(const Directory& directory, const std::string& path) {
  while (::flock(directory.descriptor(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) throw Error(Errc::policy, path + ": locked by another process that writes to it");
    if (errno != EINTR) throw medium_error(path, errno);
  }
}

}  // namespace

FolderWriter::FolderWriter(const std::filesystem::path& path) : directory_(made(path)) {
  lock(directory_, path.native());
  for (const std::string& name : directory_.names())
    if (name.starts_with(partial_prefix)) directory_.remove(name);
}

FolderWriter::~FolderWriter() {
  for (const auto& [temporary, name] : pending_) ::unlinkat(directory_.descriptor(), temporary.c_str(), 0);
}

void FolderWriter::write(const std::string& name, std::span<const std::byte> bytes) {
  check_member_name(name);
  const std::string temporary = std::string(partial_prefix) + std::to_string(written_++);
  pending_.emplace_back(temporary, name);
  const Descriptor file = directory_.open_writing(temporary);
  if (const int code = write_fully(file.get(), bytes); code != 0) throw medium_error(directory_.path_of(name), code);
}

// Folders on the way are opened one by one, so that none of them can be a link to elsewhere.
void FolderWriter::place() {
  for (const auto& [temporary, name] : pending_) {
    std::string_view rest = name;
    Directory below;
    const Directory* folder = &directory_;
    for (std::size_t slash; (slash = rest.find('/')) != std::string_view::npos; rest.remove_prefix(slash + 1)) {
      below = folder->folder(std::string(rest.substr(0, slash)));
      folder = &below;
    }
    directory_.rename(temporary, *folder, std::string(rest));
  }
  pending_.clear();
}

void FolderWriter::place_durably() {
  if (pending_.empty()) return;
  sync();
  place();
  sync();
}

// Of the whole file system: one call for any number of files and folders.
void FolderWriter::sync() const {
  check_named(directory_.descriptor(), directory_.path_of(""));
  while (::syncfs(directory_.descriptor()) != 0)
    if (errno != EINTR) throw medium_error(directory_.path_of(""), errno);
}

}  // namespace fovea::pipeline
