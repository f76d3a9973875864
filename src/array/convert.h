#pragma once
#include "fovea/array.h"

namespace fovea {

// A contiguous f32 array on the host with the values of an array of any type and strides; a contiguous f32 array is
// returned as it is, sharing its bytes. Throws Error(unsupported) for an array that is not on the host.
Array to_f32(const Array&);

}  // namespace fovea
