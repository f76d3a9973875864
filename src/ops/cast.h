#pragma once
#include "ops/op.h"

namespace fovea::ops {

struct Cast {
  std::string dtype = "f32";
  double scale = 1;

  template <class F>
  void fields(F&& f) {
    f("dtype", dtype, "the type that is wanted", Choices{{"f32", "f16", "bf16"}});
    f("scale", scale, "what values are multiplied by, in f32", Range{-1e12, 1e12});
  }
};

}  // namespace fovea::ops
