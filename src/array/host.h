#pragma once
#include <string>

#include "fovea/array.h"

namespace fovea {

// Throws Error(invalid_argument), `where: ...`, for an array whose bytes the processor cannot read.
inline void require_host(const char* where, const Array& array) {
  if (array.device() != Device::cpu())
    throw Error(Errc::invalid_argument, std::string(where) + ": expected an array on the host, got one on " +
                                            array.device().name() + "; use to(Device::cpu())");
}

}  // namespace fovea
