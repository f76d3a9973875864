#pragma once
#include <cmath>

#include "ops/op.h"

namespace fovea::ops {

// y = (x * weight + bias) scale + residual_scale residual, rounded to the nearest integer (ties to even) and clipped to
// its type, over x u8 or i8 [n, c, h, w], weight i8 [k, c/groups, r, s], bias f32 [k] in units of products, scale f32
// [k], residual u8 or i8 as y. What is clipped at 0 is a ReLU: so u8 is the type behind one, i8 the type without.
struct Conv2dInt8 {
  std::int64_t stride = 1, padding = 0, dilation = 1, groups = 1;
  double residual_scale = 1;
  std::string dtype = "u8";

  template <class F>
  void fields(F&& f) {
    f("stride", stride, "step between windows, rows and columns", Range{1, 1024});
    f("padding", padding, "zeros around each side", Range{0, 4096});
    f("dilation", dilation, "step inside a window", Range{1, 4096});
    f("groups", groups, "independent groups of channels", Range{1, 65536});
    f("residual_scale", residual_scale, "what the residual is multiplied by, in f32", Range{0, 1e12});
    f("dtype", dtype, "type of the result", Choices{{"u8", "i8"}});
  }
};

// What becomes of a sum of products: all in f32, as the tuned variants compute it.
struct Requantization {
  float residual_scale, least, most;  // least and most of the result's type

  explicit Requantization(const Conv2dInt8& p)
      : residual_scale(static_cast<float>(p.residual_scale)),
        least(p.dtype == "i8" ? -128.0f : 0.0f),
        most(p.dtype == "i8" ? 127.0f : 255.0f) {}

  FOVEA_HD std::int32_t operator()(std::int32_t sum, float bias, float scale) const {
    return rounded((static_cast<float>(sum) + bias) * scale);
  }
  FOVEA_HD std::int32_t operator()(std::int32_t sum, float bias, float scale, std::int32_t residual) const {
    return rounded(fmaf(static_cast<float>(residual), residual_scale, (static_cast<float>(sum) + bias) * scale));
  }

 private:
  FOVEA_HD std::int32_t rounded(float value) const {
    return static_cast<std::int32_t>(rintf(value < least ? least : value > most ? most : value));
  }
};

}  // namespace fovea::ops
