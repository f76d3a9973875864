// Calls on names.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdio>

#include "support/faults/path.h"
#include "support/faults/record.h"
#include "support/faults/strike.h"

namespace fovea::faults {
namespace {

template <class Real>
int on_name(Call call, int folder, const char* name, Real real) {
  const auto whole = [&](std::size_t) { return real(); };
  if (!plan.active) return static_cast<int>(whole(0));
  return static_cast<int>(carry_out(call, Path(folder, name).text(), 0, whole));
}

int open_at(int folder, const char* name, int flags, mode_t mode) {
  const Call call = (flags & (O_CREAT | O_TRUNC)) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? Call::create : Call::open;
  const int file = on_name(call, folder, name, [&] { return ::syscall(SYS_openat, folder, name, flags, mode); });
  if (file >= 0 && call == Call::create) record_name(call, Path(folder, name));
  if (file >= 0 && (flags & O_TRUNC) != 0) record_size(file, 0);
  return file;
}

// The argument behind the flags of open(), if they call for one.
mode_t mode_of(int flags, std::va_list& arguments) {
  return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(arguments, mode_t) : 0;
}

int rename_at(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) {
  const int result = on_name(Call::rename, to_folder, to,
                             [&] { return ::syscall(SYS_renameat2, from_folder, from, to_folder, to, flags); });
  if (result == 0) record_names(Call::rename, Path(from_folder, from), Path(to_folder, to));
  return result;
}

int unlink_at(int folder, const char* name, int flags) {
  const int result = on_name(Call::unlink, folder, name, [&] { return ::syscall(SYS_unlinkat, folder, name, flags); });
  if (result == 0) record_name(Call::unlink, Path(folder, name));
  return result;
}

int link_at(int from_folder, const char* from, int to_folder, const char* to, int flags) {
  const int result = on_name(Call::link, to_folder, to,
                             [&] { return ::syscall(SYS_linkat, from_folder, from, to_folder, to, flags); });
  if (result == 0) record_names(Call::link, Path(from_folder, from), Path(to_folder, to));
  return result;
}

}  // namespace

#define FOVEA_OPEN(folder, name)                 \
  std::va_list arguments;                        \
  va_start(arguments, flags);                    \
  const mode_t mode = mode_of(flags, arguments); \
  va_end(arguments);                             \
  return open_at(folder, name, flags, mode)

extern "C" {

int open(const char* name, int flags, ...) {
  FOVEA_OPEN(AT_FDCWD, name);
}
int open64(const char* name, int flags, ...) {
  FOVEA_OPEN(AT_FDCWD, name);
}
int openat(int folder, const char* name, int flags, ...) {
  FOVEA_OPEN(folder, name);
}
int openat64(int folder, const char* name, int flags, ...) {
  FOVEA_OPEN(folder, name);
}
int __open_2(const char* name, int flags) {
  return open_at(AT_FDCWD, name, flags, 0);
}
int __open64_2(const char* name, int flags) {
  return open_at(AT_FDCWD, name, flags, 0);
}
int __openat_2(int folder, const char* name, int flags) {
  return open_at(folder, name, flags, 0);
}
int __openat64_2(int folder, const char* name, int flags) {
  return open_at(folder, name, flags, 0);
}
int creat(const char* name, mode_t mode) {
  return open_at(AT_FDCWD, name, O_WRONLY | O_CREAT | O_TRUNC, mode);
}
int creat64(const char* name, mode_t mode) {
  return open_at(AT_FDCWD, name, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

int rename(const char* from, const char* to) noexcept {
  return rename_at(AT_FDCWD, from, AT_FDCWD, to, 0);
}
int renameat(int from_folder, const char* from, int to_folder, const char* to) noexcept {
  return rename_at(from_folder, from, to_folder, to, 0);
}
int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) noexcept {
  return rename_at(from_folder, from, to_folder, to, flags);
}

int unlink(const char* name) noexcept {
  return unlink_at(AT_FDCWD, name, 0);
}
int rmdir(const char* name) noexcept {
  return unlink_at(AT_FDCWD, name, AT_REMOVEDIR);
}
int unlinkat(int folder, const char* name, int flags) noexcept {
  return unlink_at(folder, name, flags);
}
int remove(const char* name) noexcept {
  const int before = errno;
  const int result = unlink_at(AT_FDCWD, name, 0);
  if (result == 0 || errno != EISDIR) return result;
  errno = before;
  return unlink_at(AT_FDCWD, name, AT_REMOVEDIR);
}

int link(const char* from, const char* to) noexcept {
  return link_at(AT_FDCWD, from, AT_FDCWD, to, 0);
}
int linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) noexcept {
  return link_at(from_folder, from, to_folder, to, flags);
}

int mkdir(const char* name, mode_t mode) noexcept {
  return mkdirat(AT_FDCWD, name, mode);
}
int mkdirat(int folder, const char* name, mode_t mode) noexcept {
  const int result = on_name(Call::mkdir, folder, name, [&] { return ::syscall(SYS_mkdirat, folder, name, mode); });
  if (result == 0) record_name(Call::mkdir, Path(folder, name));
  return result;
}
}

}  // namespace fovea::faults
