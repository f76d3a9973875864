#pragma once
#include "ops/op.h"

namespace fovea::ops {

// y = activation(x * weight + bias + residual) over x [n, c, h, w], weight [k, c/groups, r, s], bias [k], residual as
// y. Types: f32; or f16 or bf16 with an f32 bias and sums in f32 at least, rounded once at the end.
struct Conv2d {
  std::int64_t stride = 1, padding = 0, dilation = 1, groups = 1;
  std::string activation = "none";
  bool allow_tf32 = false;

  template <class F>
  void fields(F&& f) {
    f("stride", stride, "step between windows, rows and columns", Range{1, 1024});
    f("padding", padding, "zeros around each side", Range{0, 4096});
    f("dilation", dilation, "step inside a window", Range{1, 4096});
    f("groups", groups, "independent groups of channels", Range{1, 65536});
    f("activation", activation, "what is applied last", Choices{{"none", "relu", "relu6"}});
    f("allow_tf32", allow_tf32,
      "f32 operands may be rounded to the 10 bits of fraction of TF32 where the device multiplies these faster");
  }
};

}  // namespace fovea::ops
