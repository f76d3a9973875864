#pragma once
#include <cmath>

#include "ops/correlate/sums.h"

namespace fovea::ops {

Index fft_length(Index least);

// Nanoseconds of processor time of one thread in f32 on a Xeon with AVX-512; f64 takes twice as long throughout, so
// only ratios matter. Fitted to medians of correlate2d in mode same with `method` set, on planes of 1000^2, kernels of
// 3^2 to 63^2, and compared on planes of 300^2 to 4000^2. The transform wins from about 16 x 16 on.
struct CorrelateCost {
  double product = 0.0145, element = 0.2;   // direct and separable: a product; an element read, summed and written
  double transform = 0.047, padding = 0.6;  // fft: a point of one transform times log2(points); a point copied
  double start = 20000;                     // fft: arrays made, launches
};

inline double direct_cost(Index outputs, Index taps) {
  const CorrelateCost c;
  return static_cast<double>(outputs) * (c.element + c.product * static_cast<double>(taps));
}
// Two passes over the elements.
inline double separable_cost(Index outputs, Index height, Index width) {
  const CorrelateCost c;
  return static_cast<double>(outputs) * (2 * c.element + c.product * static_cast<double>(height + width));
}
// Two transforms a channel and one of the kernel.
inline double fft_cost(Index rows, Index columns, Index channels) {
  const CorrelateCost c;
  const double points = static_cast<double>(rows) * static_cast<double>(columns);
  const double planes = static_cast<double>(channels);
  return c.start + points * ((2 * planes + 1) * c.transform * std::log2(points) + planes * c.padding);
}

}  // namespace fovea::ops
