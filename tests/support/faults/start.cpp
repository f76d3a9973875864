#include <dlfcn.h>

#include <cstdlib>

#include "support/faults/crash.h"
#include "support/faults/strike.h"

namespace fovea::faults {
namespace {

using Main = int(int, char**, char**);
Main* program = nullptr;

// Counting begins with main(): what loading the program's libraries calls is not the program's.
int counted_main(int count, char** arguments, char** environment) {
  if (const char* text = std::getenv("FOVEA_FAULTS")) {
    name_crashes();
    plan = parse_plan(text);
  }
  return program(count, arguments, environment);
}

}  // namespace

extern "C" int __libc_start_main(Main* main, int count, char** arguments, void (*init)(), void (*fini)(),
                                 void (*loader_fini)(), void* stack_end) {
  using Start = int(Main*, int, char**, void (*)(), void (*)(), void (*)(), void*);
  program = main;
  const auto real = reinterpret_cast<Start*>(::dlsym(RTLD_NEXT, "__libc_start_main"));
  return real(&counted_main, count, arguments, init, fini, loader_fini, stack_end);
}

}  // namespace fovea::faults
