#pragma once
#include <cmath>

#include "ops/op.h"

namespace fovea::ops {

// y = x scale + zero, rounded to the nearest integer (ties to even) and clipped to 0..255, over x f32 [n, c, h, w],
// scale and zero f32 [c]. Around each side, where x would be 0, is what 0 becomes.
struct Quantize {
  std::int64_t padding = 0;

  template <class F>
  void fields(F&& f) {
    f("padding", padding, "what x = 0 becomes, around each side", Range{0, 4096});
  }
};

FOVEA_HD inline std::uint8_t quantized(float x, float scale, float zero) {
  const float value = fmaf(x, scale, zero);
  return static_cast<std::uint8_t>(rintf(value > 0 ? value < 255 ? value : 255.0f : 0.0f));
}

}  // namespace fovea::ops
