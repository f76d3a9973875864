#include "support/faults/crash.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string_view>

namespace fovea::faults {
namespace {

std::string_view library_of(void* code) {
  Dl_info library{};
  return ::dladdr(code, &library) != 0 && library.dli_fname ? library.dli_fname : "unknown code";
}

// The first caller that is not the C library, which is handed a bad pointer, or this one.
std::string_view culprit() {
  std::array<void*, 64> callers{};
  const int count = ::backtrace(callers.data(), callers.size());
  const std::string_view self = library_of(reinterpret_cast<void*>(&culprit));
  for (int i = 0; i < count; ++i) {
    const std::string_view library = library_of(callers[static_cast<std::size_t>(i)]);
    if (library != self && library.find("/libc.so") == library.npos) return library;
  }
  return "unknown code";
}

void say_where(int) {
  const std::string_view library = culprit();
  char line[512];
  const int length =
      std::snprintf(line, sizeof line, "SIGSEGV in %.*s\n", static_cast<int>(library.size()), library.data());
  ::syscall(SYS_write, STDERR_FILENO, line, length);  // the next fault, at the same place, has the usual end
}

}  // namespace

void name_crashes() {
  void* first[1];
  ::backtrace(first, 1);  // loads what it needs, while there is memory
  struct sigaction action {};
  action.sa_handler = &say_where;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  ::sigaction(SIGSEGV, &action, nullptr);
}

}  // namespace fovea::faults
