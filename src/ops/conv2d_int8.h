#pragma once
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

}  // namespace fovea::ops
