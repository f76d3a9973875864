#pragma once
#include "ops/op.h"

namespace fovea::ops {

inline constexpr int most_batch_axes = 16;

// a [batch…, m, k] times b [batch…, k, n]: strides in elements; repeated (broadcast) batch axes have stride 0. 1-D
// operands are here as one row or one column.
struct MatmulShape {
  Index m = 1, n = 1, k = 0, batches = 1;
  Index a_row = 0, a_k = 0, b_k = 0, b_column = 0;
  int axes = 0;
  Index extent[most_batch_axes] = {}, a_batch[most_batch_axes] = {}, b_batch[most_batch_axes] = {};

  FOVEA_HD void offsets(Index batch, Index& a, Index& b) const {
    a = b = 0;
    for (int axis = axes - 1; axis >= 0; --axis) {
      const Index at = batch % extent[axis];
      batch /= extent[axis];
      a += at * a_batch[axis];
      b += at * b_batch[axis];
    }
  }
};
MatmulShape matmul_shape(const Array& a, const Array& b);

}  // namespace fovea::ops
