#pragma once

namespace fovea::ops {

struct Matmul {
  bool allow_tf32 = false;

  template <class F>
  void fields(F&& f) {
    f("allow_tf32", allow_tf32,
      "f32 operands may be rounded to the 10 bits of fraction of TF32 where the device multiplies these faster");
  }
};

}  // namespace fovea::ops
