#pragma once
#include <string>
#include <vector>

#include "device/cuda/nvrtc_functions.h"

namespace fovea {

struct Nvrtc {
#define FOVEA_MEMBER(name, parameters) nvrtc::Status(*name) parameters = nullptr;
  FOVEA_NVRTC_FUNCTIONS(FOVEA_MEMBER)
#undef FOVEA_MEMBER
  std::string missing;  // why it cannot be used
  int major = 0, minor = 0;
  std::vector<int> capabilities;  // that it makes machine code for, ascending
};

// Loads the library of this name, or where it is null or empty the newest of those known. It stays loaded.
Nvrtc load_nvrtc(const char* name);

}  // namespace fovea
