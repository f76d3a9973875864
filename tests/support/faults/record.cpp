#include "support/faults/record.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "support/faults/strike.h"

namespace fovea::faults {
namespace {

// In one call, so that threads do not mix their entries; opened for each, as the log is.
void keep(const char* kind, off64_t number, const char* paths, const void* bytes, std::size_t size) {
  const int before = errno;
  char line[2 * PATH_MAX + 100];
  const int length =
      std::snprintf(line, sizeof line, "%s %lld %zu %s\n", kind, static_cast<long long>(number), size, paths);
  const iovec parts[] = {{line, static_cast<std::size_t>(length)}, {const_cast<void*>(bytes), size}};
  const long file = ::syscall(SYS_openat, AT_FDCWD, plan.record, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file >= 0) {
    ::syscall(SYS_writev, file, parts, size > 0 ? 2 : 1);
    ::syscall(SYS_close, file);
  }
  errno = before;
}

bool wanted(Call call, const Path& path) {
  return plan.record && concerns(call, path.text());
}

const char* kind(Call call) {
  return call_names[static_cast<unsigned>(call)].data();
}

}  // namespace

void record_write(int file, const void* bytes, long done, off64_t offset) {
  if (!plan.record || done <= 0) return;
  if (const Path path(file); wanted(Call::write, path))
    keep(kind(Call::write), offset, path.text(), bytes, static_cast<std::size_t>(done));
}

void record_size(int file, off64_t size) {
  if (!plan.record) return;
  if (const Path path(file); wanted(Call::truncate, path)) keep(kind(Call::truncate), size, path.text(), nullptr, 0);
}

void record_sync(int file, bool whole_system) {
  if (!plan.record) return;
  if (const Path path(file); whole_system || wanted(Call::sync, path))
    keep(whole_system ? "syncfs" : kind(Call::sync), 0, path.text(), nullptr, 0);
}

void record_name(Call call, const Path& path) {
  if (wanted(call, path)) keep(kind(call), 0, path.text(), nullptr, 0);
}

void record_names(Call call, const Path& from, const Path& to) {
  if (!wanted(call, to)) return;
  char paths[2 * PATH_MAX + 3];
  std::snprintf(paths, sizeof paths, "%s\t%s", from.text(), to.text());
  keep(kind(call), 0, paths, nullptr, 0);
}

}  // namespace fovea::faults
