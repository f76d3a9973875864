#pragma once
#include <cmath>

#include "ops/correlate/sums.h"

namespace fovea::ops {

Index fft_length(Index least);

// Nanoseconds of processor time of one thread in f32, on a Xeon with AVX-512 that other programs kept busy; f64 takes
// twice as long throughout, so only ratios matter. From planes of 1000^2 in mode same by each method, kernels 3^2 to
// 63^2: the least of at least 7 runs of correlate2d with `method` set, as `fovea op run correlate2d` calls it.
// The transform then wins from about 22 x 22 on.
struct CorrelateCost {
  double product = 0.0145, element = 0.2;   // direct and separable: a product; an element read, summed and written
  double transform = 0.085, padding = 1.5;  // fft: a point of one transform times log2(points); a point copied
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
