#pragma once
#include <string>

#include "device/cuda/cupti_functions.h"

namespace fovea {

// CUPTI's functions, by their exported names; or why there are none.
struct Cupti {
#define FOVEA_MEMBER(name, parameters) cupti::Status(*name) parameters = nullptr;
  FOVEA_CUPTI_FUNCTIONS(FOVEA_MEMBER)
#undef FOVEA_MEMBER
  std::uint32_t version = 0;
  std::string missing;
};

// The library of this name, else libcupti.so.13, .12 or libcupti.so; none for "off". It stays loaded.
Cupti load_cupti(const char* name);
// That of the environment variable FOVEA_CUPTI, loaded at the first call.
const Cupti& cupti_library();

}  // namespace fovea
