#pragma once
#include "ops/random/stream.h"

namespace fovea::ops {

struct RandomUniform : RandomStream {
  double low = 0, high = 1;
  std::string dtype = "f64";

  template <class F>
  void fields(F&& f) {
    RandomStream::fields(f);
    f("low", low, "least value");
    f("high", high, "bound that is not reached");
    f("dtype", dtype, "type of the result", Choices{{"f32", "f64"}});
  }
};

// low + u * (high - low) with u of 24 or 53 bits; `below` keeps rounding from reaching high.
template <class T>
struct UniformScale {
  T low, width, below;

  FOVEA_HD T operator()(T u) const {
    const T scaled = u * width;
    const T value = low + scaled;
    return value < below ? value : below;
  }
};

template <class T>
UniformScale<T> uniform_scale(const RandomUniform& p) {
  const T low = static_cast<T>(p.low), high = static_cast<T>(p.high);
  return {low, high - low, std::nextafter(high, low)};
}

}  // namespace fovea::ops
