#pragma once
#include "kernel/view.h"
#include "ops/op.h"

namespace fovea::ops {

struct Correlate {
  std::string mode = "full", boundary = "fill", method = "auto";
  double fillvalue = 0;

  template <class F>
  void fields(F&& f) {
    f("mode", mode, "which sums are kept: all, those centred on the image, those within it",
      Choices{{"full", "same", "valid"}});
    f("boundary", boundary, "what lies outside the image", Choices{{"fill", "wrap", "reflect", "nearest"}});
    f("fillvalue", fillvalue, "the value outside under the boundary fill");
    f("method", method, "how the sums are computed", Choices{{"auto", "direct", "separable", "fft"}});
  }
};

enum class Border : int { fill, wrap, reflect, nearest };

// The element of 0..n-1 that stands at index i, any i; -1 for the fill value.
FOVEA_HD inline Index at_border(Index i, Index n, Border border) {
  if (i >= 0 && i < n) return i;
  if (border == Border::fill) return -1;
  if (border == Border::nearest) return i < 0 ? 0 : n - 1;
  const Index period = border == Border::wrap ? n : 2 * n;
  const Index k = (i % period + period) % period;
  return k < n ? k : period - 1 - k;
}

// A call reduced to one form: y(m, n) = sum of tap(i, j) * x(m + i - top, n + j - left), tap = kernel or its conjugate.
struct Operands {
  Array image, kernel;  // kernel oriented as the taps
  Index top = 0, left = 0;
  Border border = Border::fill;
  bool conjugate_taps = false, conjugate_result = false;

  Index channels() const { return image.ndim() == 3 ? image.shape()[2] : 1; }
  Index channel_stride() const { return image.ndim() == 3 ? image.strides()[2] : 0; }
};
Operands operands(const Correlate&, bool convolve, std::span<const Array> inputs);

// The result's type and shape; throws Error(invalid_argument).
TensorSpec infer_correlate(std::string_view op, const Correlate&, std::span<const TensorSpec> inputs);

// NumPy's promotion; bf16 beside f16 gives f32.
DType promote(DType, DType);

}  // namespace fovea::ops
