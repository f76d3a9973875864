#pragma once
#include <cmath>

#include "ops/correlate/sums.h"

namespace fovea::ops {

enum class Method { direct, separable, fft };

Index fft_length(Index least);

// Nanoseconds of one thread on a Xeon with AVX-512 at about 3.5 GHz, f32; f64 takes twice as long throughout. Only
// ratios matter. Fitted to `fovea bench correlate` with each method, on planes of 128^2 to 4096^2 and kernels of 3
// to 63.
struct CorrelateCost {
  double product = 0.008, element = 0.15;   // direct and separable: a product; an element read, summed and written
  double transform = 0.085, padding = 1.5;  // fft: a point of one transform times log2(points); a point copied
  double start = 20000;                     // fft: tables looked up, arrays made
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
