#pragma once
#include "ops/op.h"

namespace fovea::ops {

struct MaxPool2d {
  std::int64_t size = 2, stride = 2, padding = 0;

  template <class F>
  void fields(F&& f) {
    f("size", size, "side of the window", Range{1, 1024});
    f("stride", stride, "step between windows", Range{1, 1024});
    f("padding", padding, "ignored places around each side; at most half the window", Range{0, 512});
  }
};

}  // namespace fovea::ops
