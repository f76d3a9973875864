#include "pipeline/job/directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>
#include <system_error>
#include <utility>

namespace fovea::pipeline {
namespace {

constexpr mode_t new_file_mode = 0666, new_folder_mode = 0777;  // less the umask

// Calls again what a signal interrupted.
int retried(auto&& call) {
  int result;
  do result = call();
  while (result < 0 && errno == EINTR);
  return result;
}

void require(int result, const std::string& file) {
  if (result < 0) throw medium_error(file, errno);
}

void require_regular(int descriptor, const std::string& file) {
  struct stat status {};
  require(::fstat(descriptor, &status), file);
  if (!S_ISREG(status.st_mode))
    throw Error(Errc::io, file + ": expected a regular file, got a directory, pipe, socket or device");
}

}  // namespace

Error medium_error(const std::string& file, int error_number) {
  const std::string words = std::generic_category().message(error_number);
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return Error(Errc::io, file + ": disk full: " + words + "; make room, then the same command goes on");
    case ELOOP:
      return Error(Errc::io, file + ": expected a file or folder of its own, got a symbolic link");
    default:
      return Error(Errc::io, file + ": expected to write it, got " + words);
  }
}

Directory::Directory(const std::filesystem::path& path)
    : descriptor_(
          retried([&] { return ::open(path.empty() ? "." : path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); })),
      path_(path) {
  require(descriptor_.get(), path.native());
}

Directory Directory::made(const std::filesystem::path& path) {
  if (retried([&] { return ::mkdir(path.c_str(), new_folder_mode); }) < 0 && errno != EEXIST)
    throw medium_error(path.native(), errno);
  return Directory(path);
}

Directory Directory::folder(const std::string& name) const {
  if (retried([&] { return ::mkdirat(descriptor(), name.c_str(), new_folder_mode); }) < 0 && errno != EEXIST)
    throw medium_error(path_of(name), errno);
  Directory folder;
  folder.path_ = path_ / name;
  folder.descriptor_ = Descriptor(
      retried([&] { return ::openat(descriptor(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC); }));
  require(folder.descriptor(), path_of(name));
  return folder;
}

std::optional<Descriptor> Directory::open(const std::string& name) const {
  Descriptor file(retried(
      [&] { return ::openat(descriptor(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY); }));
  if (!file && errno == ENOENT) return std::nullopt;
  require(file.get(), path_of(name));
  require_regular(file.get(), path_of(name));
  return file;
}

Descriptor Directory::open_writing(const std::string& name) const {
  Descriptor file(retried([&] {
    return ::openat(descriptor(), name.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
                    new_file_mode);
  }));
  require(file.get(), path_of(name));
  require_regular(file.get(), path_of(name));
  return file;
}

std::optional<Directory::Entry> Directory::find(const std::string& name) const {
  struct stat status {};
  if (retried([&] { return ::fstatat(descriptor(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW); }) == 0)
    return Entry{status.st_mode, status.st_dev, status.st_ino, status.st_size};
  if (errno != ENOENT && errno != ENOTDIR) throw medium_error(path_of(name), errno);
  return std::nullopt;
}

std::vector<std::string> Directory::names() const {
  Descriptor again(retried([&] { return ::openat(descriptor(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  require(again.get(), path_.native());
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(again.get()), ::closedir);
  if (!stream) throw medium_error(path_.native(), errno);
  again.release();
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  if (errno != 0) throw medium_error(path_.native(), errno);
  return names;
}

void Directory::rename(const std::string& from, const std::string& to) const {
  rename(from, *this, to);
}

void Directory::rename(const std::string& from, const Directory& to, const std::string& name) const {
  require(retried([&] { return ::renameat(descriptor(), from.c_str(), to.descriptor(), name.c_str()); }),
          to.path_of(name));
}

void Directory::remove(const std::string& name) const {
  if (retried([&] { return ::unlinkat(descriptor(), name.c_str(), 0); }) < 0 && errno != ENOENT)
    throw medium_error(path_of(name), errno);
}

void Directory::sync() const {
  require(retried([&] { return ::fsync(descriptor()); }), path_.native());
}

bool try_lock(int descriptor, const std::string& file) {
  const bool locked = retried([&] { return ::flock(descriptor, LOCK_EX | LOCK_NB); }) == 0;
  if (!locked && errno != EWOULDBLOCK) throw medium_error(file, errno);
  return locked;
}

// A line is "1: FLOCK  ADVISORY  WRITE 4711 00:1b:2778705 0 EOF": process, device in hexadecimal digits, inode.
std::optional<std::int64_t> lock_holder(int descriptor) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return std::nullopt;
  const std::string file =
      fmt::format("{:02x}:{:02x}:{}", major(status.st_dev), minor(status.st_dev), std::uint64_t{status.st_ino});
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);) {
    std::istringstream words(line);
    std::string number, kind, advisory, write, place;
    std::int64_t process = 0;
    if (words >> number >> kind >> advisory >> write >> process >> place && kind == "FLOCK" && place == file)
      return process;
  }
  return std::nullopt;
}

void sync_data(int descriptor, const std::string& file) {
  require(retried([&] { return ::fdatasync(descriptor); }), file);
}

void cut_file(int descriptor, std::int64_t size, const std::string& file) {
  require(retried([&] { return ::ftruncate(descriptor, size); }), file);
}

std::int64_t size_of_file(int descriptor, const std::string& file) {
  struct stat status {};
  require(::fstat(descriptor, &status), file);
  return status.st_size;
}

void check_named(int descriptor, const std::string& file) {
  struct stat status {};
  require(::fstat(descriptor, &status), file);
  if (status.st_nlink == 0) throw Error(Errc::io, file + ": expected it to stay, but it was removed during the run");
}

}  // namespace fovea::pipeline
