#pragma once
#include <cstdint>
#include <string>

#include "fovea/array.h"

namespace fovea {

// The fields and defaults of numpy.set_printoptions.
struct PrintOptions {
  int precision = 8;              // most digits after the point
  std::int64_t threshold = 1000;  // arrays of more elements are shown by their edges
  std::int64_t edgeitems = 3;
  std::int64_t linewidth = 75;
  bool suppress = false;  // no scientific notation for small numbers
  std::string separator = " ";
};

// numpy.array2string of NumPy 2.4, to the character; bf16 as f16, by bfloat16's own shortest digits. Throws
// Error(invalid_argument) for options below 0 or above 1000 digits, unsupported for an array that is not on the host.
std::string to_string(const Array&, const PrintOptions& = {});

}  // namespace fovea
