#include "support/faults/path.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace fovea::faults {
namespace {

// What the link says, without a NUL; 0 when there is none.
std::size_t follow(const char* link, char* to) {
  const long length = ::syscall(SYS_readlinkat, AT_FDCWD, link, to, PATH_MAX);
  return length > 0 ? static_cast<std::size_t>(length) : 0;
}

std::size_t folder_of(int descriptor, char* to) {
  char link[40];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  return follow(descriptor == AT_FDCWD ? "/proc/self/cwd" : link, to);
}

}  // namespace

Path::Path(int descriptor) {
  const int before = errno;
  text_[folder_of(descriptor, text_)] = '\0';
  errno = before;
}

Path::Path(int folder, const char* name) {
  const int before = errno;
  std::size_t length = 0;
  if (name[0] != '/') {
    length = folder_of(folder, text_);
    if (length > 0 && length < PATH_MAX) text_[length++] = '/';
  }
  const std::size_t rest = std::min<std::size_t>(std::strlen(name), PATH_MAX - length);
  std::memcpy(text_ + length, name, rest);
  text_[length + rest] = '\0';
  errno = before;
}

}  // namespace fovea::faults
