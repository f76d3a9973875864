#pragma once
#include <array>
#include <cstdint>

#include "fovea/array.h"

namespace fovea::pipeline {

// Sums over whole numbers, which are exact in any order.
struct Moments {
  std::int64_t count = 0, sum = 0, squares = 0;

  double mean() const;
  double variance() const;  // of the population; rounded at the end only
};

struct Measures {
  std::array<Moments, 3> channels;
  Moments luma, laplacian;
};

// Of pixels u8 [height, width, 3], contiguous and not empty. Fills `luma`, u8 [height, width, 1], by ITU-R 601.
Measures measure(const Array& pixels, const Array& luma);

}  // namespace fovea::pipeline
