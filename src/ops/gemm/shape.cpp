#include "ops/gemm/shape.h"

namespace fovea::ops {

MatmulShape matmul_shape(const Array& a, const Array& b) {
  MatmulShape s;
  const auto last = [](const Array& x, int from_end) { return static_cast<std::size_t>(x.ndim() - from_end); };
  s.k = a.shape().back();
  s.a_k = a.strides().back();
  if (a.ndim() > 1) s.m = a.shape()[last(a, 2)], s.a_row = a.strides()[last(a, 2)];
  if (b.ndim() > 1) {
    s.n = b.shape().back();
    s.b_column = b.strides().back();
  }
  s.b_k = b.strides()[b.ndim() > 1 ? last(b, 2) : 0];
  const int a_axes = a.ndim() > 2 ? a.ndim() - 2 : 0, b_axes = b.ndim() > 2 ? b.ndim() - 2 : 0;
  s.axes = a_axes > b_axes ? a_axes : b_axes;
  for (int axis = 0; axis < s.axes; ++axis) {
    const int at_a = axis + a_axes - s.axes, at_b = axis + b_axes - s.axes;
    const auto x = static_cast<std::size_t>(at_a), y = static_cast<std::size_t>(at_b);
    const Index a_extent = at_a < 0 ? 1 : a.shape()[x], b_extent = at_b < 0 ? 1 : b.shape()[y];
    s.extent[axis] = a_extent == 1 ? b_extent : a_extent;
    s.a_batch[axis] = a_extent == 1 ? 0 : a.strides()[x];
    s.b_batch[axis] = b_extent == 1 ? 0 : b.strides()[y];
    s.batches *= s.extent[axis];
  }
  return s;
}

}  // namespace fovea::ops
