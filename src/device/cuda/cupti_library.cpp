#include "device/cuda/cupti_library.h"

#include <dlfcn.h>

#include <cstdlib>
#include <string_view>

#include "device/cuda/toolkit_library.h"

namespace fovea {

Cupti load_cupti(const char* name) {
  Cupti cupti;
  std::string tried;
  if (name != nullptr && std::string_view(name) == "off") {
    cupti.missing = "FOVEA_CUPTI is off";
    return cupti;
  }
  void* library = open_toolkit_library(name, {"libcupti.so.13", "libcupti.so.12", "libcupti.so"}, tried);
  if (library == nullptr) {
    cupti.missing = "found none of " + tried + "; install the CUDA toolkit's CUPTI, or name it by FOVEA_CUPTI";
    return cupti;
  }
#define FOVEA_LOAD(function, parameters)                                                    \
  cupti.function = reinterpret_cast<decltype(cupti.function)>(::dlsym(library, #function)); \
  if (cupti.function == nullptr && cupti.missing.empty())                                   \
    cupti.missing = "CUPTI has no " #function "; that of CUDA 12 or newer is needed";
  FOVEA_CUPTI_FUNCTIONS(FOVEA_LOAD)
#undef FOVEA_LOAD
  if (cupti.missing.empty() && cupti.cuptiGetVersion(&cupti.version) != cupti::success)
    cupti.missing = "CUPTI does not tell its version";
  return cupti;
}

const Cupti& cupti_library() {
  static const Cupti library = load_cupti(std::getenv("FOVEA_CUPTI"));
  return library;
}

}  // namespace fovea
