#pragma once
#include "kernel/resample.h"
#include "ops/op.h"

namespace fovea::ops {

struct Resize {
  std::int64_t height = 0, width = 0;
  std::string filter = "bilinear";

  template <class F>
  void fields(F&& f) {
    f("height", height, "rows of the result", Range{1, 65535});
    f("width", width, "columns of the result", Range{1, 65535});
    f("filter", filter, "Pillow's filters, antialiased",
      Choices{{"nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"}});
  }
};

inline bool resizable(const Call& call) {
  const DType t = call.inputs[0].dtype;
  return plain(call) && (t == DType::u8 || t == DType::u16 || t == DType::f32 || t == DType::f64);
}

}  // namespace fovea::ops
