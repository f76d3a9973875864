#include "support/faults/crash.h"

#include <dlfcn.h>
#include <signal.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <cstdio>

namespace fovea::faults {
namespace {

void* place_of(const void* context) {
  const mcontext_t& machine = static_cast<const ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
  return reinterpret_cast<void*>(machine.gregs[REG_RIP]);
#else
  return reinterpret_cast<void*>(machine.pc);
#endif
}

void say_where(int, siginfo_t*, void* context) {
  Dl_info library{};
  const bool known = ::dladdr(place_of(context), &library) != 0 && library.dli_fname;
  char line[512];
  const int length = std::snprintf(line, sizeof line, "SIGSEGV in %s\n", known ? library.dli_fname : "unknown code");
  ::syscall(SYS_write, STDERR_FILENO, line, length);  // the next fault, at the same place, has the usual end
}

}  // namespace

void name_crashes() {
  struct sigaction action {};
  action.sa_sigaction = &say_where;
  action.sa_flags = SA_SIGINFO | static_cast<int>(SA_RESETHAND);
  ::sigaction(SIGSEGV, &action, nullptr);
}

}  // namespace fovea::faults
