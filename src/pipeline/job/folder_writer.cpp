#include "pipeline/job/folder_writer.h"

#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "base/write_fully.h"
#include "pipeline/job/member_name.h"

namespace fovea::pipeline {

FolderWriter::FolderWriter(const std::filesystem::path& path) : directory_(Directory::made(path)) {
  if (!try_lock(directory_.descriptor(), path.native()))
    throw Error(Errc::policy, path.native() + ": locked by another process that writes to it");
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
