// Memory and threads.
#include <dlfcn.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bit>
#include <cstdlib>

#include "support/faults/path.h"
#include "support/faults/strike.h"

// glibc's own names for what we take the place of; asking the dynamic linker for them would allocate.
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
}

namespace fovea::faults {
namespace {

// A null pointer and ENOMEM where the plan strikes.
template <class Real>
void* allocated(std::size_t size, Real real) {
  const auto deed = strike(Call::allocate, nullptr, size);
  if (!deed) return real();
  if (*deed == Deed::fail) {
    errno = ENOMEM;
    return nullptr;
  }
  if (*deed == Deed::delay) sleep_milliseconds(plan.milliseconds);
  if (*deed == Deed::kill_before || *deed == Deed::kill_midway) die();
  void* memory = real();
  if (*deed == Deed::kill_after) die();
  return memory;
}

void* mapped(void* address, std::size_t size, int protection, int flags, int file, off64_t offset) {
  const auto real = [&](std::size_t) { return ::syscall(SYS_mmap, address, size, protection, flags, file, offset); };
  const long result = !plan.active ? real(size)
                      : file < 0   ? carry_out(Call::map, nullptr, size, real)
                                   : carry_out(Call::map, Path(file).text(), size, real);
  return reinterpret_cast<void*>(result);
}

}  // namespace

extern "C" {

void* malloc(std::size_t size) {
  return allocated(size, [&] { return __libc_malloc(size); });
}
void* calloc(std::size_t count, std::size_t size) {
  return allocated(size, [&] { return __libc_calloc(count, size); });
}
void* realloc(void* old, std::size_t size) {
  return allocated(size, [&] { return __libc_realloc(old, size); });
}
void* memalign(std::size_t alignment, std::size_t size) {
  return allocated(size, [&] { return __libc_memalign(alignment, size); });
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  return allocated(size, [&] { return __libc_memalign(alignment, size); });
}
int posix_memalign(void** memory, std::size_t alignment, std::size_t size) {
  if (!std::has_single_bit(alignment) || alignment % sizeof(void*) != 0) return EINVAL;
  const int before = errno;
  void* got = allocated(size, [&] { return __libc_memalign(alignment, size); });
  errno = before;
  if (!got) return ENOMEM;
  *memory = got;
  return 0;
}

void* mmap(void* address, std::size_t size, int protection, int flags, int file, off_t offset) noexcept {
  return mapped(address, size, protection, flags, file, offset);
}
void* mmap64(void* address, std::size_t size, int protection, int flags, int file, off64_t offset) noexcept {
  return mapped(address, size, protection, flags, file, offset);
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*function)(void*),
                   void* argument) noexcept {
  using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static const auto real = reinterpret_cast<Create>(::dlsym(RTLD_NEXT, "pthread_create"));
  const auto deed = strike(Call::thread, nullptr);
  if (deed == Deed::fail) return plan.error;
  if (deed == Deed::delay) sleep_milliseconds(plan.milliseconds);
  if (deed && *deed != Deed::delay && *deed != Deed::shorten) die();
  return real(thread, attributes, function, argument);
}
}

}  // namespace fovea::faults
