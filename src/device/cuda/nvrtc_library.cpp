#include "device/cuda/nvrtc_library.h"

#include <dlfcn.h>

#include <algorithm>

#include "device/cuda/toolkit_library.h"

namespace fovea {

Nvrtc load_nvrtc(const char* name) {
  Nvrtc nvrtc;
  std::string tried;
  void* library = open_toolkit_library(name, {"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so"}, tried);
  if (library == nullptr) {
    nvrtc.missing = "found none of " + tried + "; install the CUDA toolkit's NVRTC, or name it by FOVEA_NVRTC";
    return nvrtc;
  }
#define FOVEA_LOAD(function, parameters)                                                    \
  nvrtc.function = reinterpret_cast<decltype(nvrtc.function)>(::dlsym(library, #function)); \
  if (nvrtc.function == nullptr && nvrtc.missing.empty())                                   \
    nvrtc.missing = "the library has no " #function "; version 11.2 or newer is needed";
  FOVEA_NVRTC_FUNCTIONS(FOVEA_LOAD)
#undef FOVEA_LOAD
  if (!nvrtc.missing.empty()) return nvrtc;
  int count = 0;
  if (nvrtc.nvrtcVersion(&nvrtc.major, &nvrtc.minor) != nvrtc::success ||
      nvrtc.nvrtcGetNumSupportedArchs(&count) != nvrtc::success || count <= 0) {
    nvrtc.missing = "the library does not tell its version and devices";
    return nvrtc;
  }
  nvrtc.capabilities.resize(static_cast<std::size_t>(count));
  nvrtc.nvrtcGetSupportedArchs(nvrtc.capabilities.data());
  std::sort(nvrtc.capabilities.begin(), nvrtc.capabilities.end());
  return nvrtc;
}

}  // namespace fovea
