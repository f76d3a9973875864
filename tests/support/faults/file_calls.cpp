// Calls on open files. Each is the system call itself, so no library of C is asked for the original.
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "support/faults/path.h"
#include "support/faults/record.h"
#include "support/faults/strike.h"

namespace fovea::faults {
namespace {

template <class Real>
long on_file(Call call, int file, std::size_t size, Real real) {
  if (!plan.active) return real(size);
  return carry_out(call, Path(file).text(), size, real);
}

long read_at(int file, void* to, std::size_t size, off64_t offset) {
  return on_file(Call::read, file, size, [&](std::size_t n) { return ::syscall(SYS_pread64, file, to, n, offset); });
}

long write_at(int file, const void* from, std::size_t size, off64_t offset) {
  const long done =
      on_file(Call::write, file, size, [&](std::size_t n) { return ::syscall(SYS_pwrite64, file, from, n, offset); });
  record_write(file, from, done, offset);
  return done;
}

// Where a write of `done` bytes began that moved the descriptor's place.
off64_t begin_of(int file, long done) {
  return ::syscall(SYS_lseek, file, 0, SEEK_CUR) - done;
}

int sync(long number, int file) {
  const long result = on_file(Call::sync, file, 0, [&](std::size_t) { return ::syscall(number, file); });
  if (result == 0) record_sync(file, number == SYS_syncfs);
  return static_cast<int>(result);
}

std::size_t total(const iovec* parts, int count) {
  std::size_t size = 0;
  for (int i = 0; i < count; ++i) size += parts[i].iov_len;
  return size;
}

// A vector that is not whole goes as its first part, or half of that.
long vectored(long number, Call call, int file, const iovec* parts, int count) {
  const std::size_t size = count > 0 ? total(parts, count) : 0;
  return on_file(call, file, size, [&](std::size_t n) {
    if (n == size) return ::syscall(number, file, parts, count);
    const iovec first{parts[0].iov_base, std::min(n, parts[0].iov_len)};
    return ::syscall(number, file, &first, 1);
  });
}

}  // namespace

extern "C" {

ssize_t read(int file, void* to, std::size_t size) {
  return on_file(Call::read, file, size, [&](std::size_t n) { return ::syscall(SYS_read, file, to, n); });
}
ssize_t pread(int file, void* to, std::size_t size, off_t offset) {
  return read_at(file, to, size, offset);
}
ssize_t pread64(int file, void* to, std::size_t size, off64_t offset) {
  return read_at(file, to, size, offset);
}
// What _FORTIFY_SOURCE makes of them; `room` is checked by nobody here.
ssize_t __read_chk(int file, void* to, std::size_t size, std::size_t) {
  return read(file, to, size);
}
ssize_t __pread_chk(int file, void* to, std::size_t size, off_t offset, std::size_t) {
  return read_at(file, to, size, offset);
}
ssize_t __pread64_chk(int file, void* to, std::size_t size, off64_t offset, std::size_t) {
  return read_at(file, to, size, offset);
}
ssize_t readv(int file, const iovec* parts, int count) {
  return vectored(SYS_readv, Call::read, file, parts, count);
}

ssize_t write(int file, const void* from, std::size_t size) {
  const long done =
      on_file(Call::write, file, size, [&](std::size_t n) { return ::syscall(SYS_write, file, from, n); });
  if (plan.record) record_write(file, from, done, begin_of(file, done));
  return done;
}
ssize_t pwrite(int file, const void* from, std::size_t size, off_t offset) {
  return write_at(file, from, size, offset);
}
ssize_t pwrite64(int file, const void* from, std::size_t size, off64_t offset) {
  return write_at(file, from, size, offset);
}
ssize_t writev(int file, const iovec* parts, int count) {
  const long done = vectored(SYS_writev, Call::write, file, parts, count);
  if (!plan.record) return done;
  off64_t offset = begin_of(file, done);
  for (long left = done; left > 0; left -= static_cast<long>(parts->iov_len), ++parts) {
    const long size = std::min(left, static_cast<long>(parts->iov_len));
    record_write(file, parts->iov_base, size, offset);
    offset += size;
  }
  return done;
}

int fsync(int file) {
  return sync(SYS_fsync, file);
}
int fdatasync(int file) {
  return sync(SYS_fdatasync, file);
}
int syncfs(int file) noexcept {
  return sync(SYS_syncfs, file);
}
int ftruncate(int file, off_t size) noexcept {
  const long result =
      on_file(Call::truncate, file, 0, [&](std::size_t) { return ::syscall(SYS_ftruncate, file, size); });
  if (result == 0) record_size(file, size);
  return static_cast<int>(result);
}
int ftruncate64(int file, off64_t size) noexcept {
  return ftruncate(file, size);
}
int close(int file) {
  return static_cast<int>(on_file(Call::close, file, 0, [&](std::size_t) { return ::syscall(SYS_close, file); }));
}
int flock(int file, int operation) noexcept {
  return static_cast<int>(
      on_file(Call::lock, file, 0, [&](std::size_t) { return ::syscall(SYS_flock, file, operation); }));
}
}

}  // namespace fovea::faults
