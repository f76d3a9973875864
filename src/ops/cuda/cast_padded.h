#pragma once
#include "ops/activation_types.h"
#include "ops/cast.h"

namespace fovea::ops::FOVEA_PASS {

// Tensor cores take channels in eights: pictures of fewer get channels of zeros.
inline constexpr int padded_channels = 8;
inline int padded_block() {
  return padded_channels;
}

// A picture in f32 as 16 bits, its channels last and padded.
template <class To>
struct PaddedCast {
  View<const float, 4> x;
  View<To, 5> y;
  float scale;
  FOVEA_HD void operator()(Index n, Index row, Index column, Index c) const {
    y(n, 0, row, column, c) = c < x.extent[1] ? static_cast<To>(x(n, c, row, column) * scale) : To(0.0f);
  }
};

template <class To>
void cast_padded_as(const Cast& p, Queue queue, const Array& x, const Array& y) {
  const PaddedCast<To> body{view<const float, 4>(x), view<To, 5>(y), static_cast<float>(p.scale)};
  const Index extent[4] = {body.y.extent[0], body.y.extent[2], body.y.extent[3], body.y.extent[4]};
  for_each(queue, extent, body);
}

inline void cast_padded(const Cast& p, Queue queue, std::span<const Array> in, const Array& out) {
  out.dtype() == DType::f16 ? cast_padded_as<F16>(p, queue, in[0], out) : cast_padded_as<BF16>(p, queue, in[0], out);
}

// Of networks alone, whose first convolution knows how its input lies.
inline bool casts_padded(const Call& call) {
  const TensorSpec& x = call.inputs[0];
  return call.weights && x.dtype == DType::f32 && x.shape.size() == 4 && x.shape[1] <= padded_channels &&
         x.block == 1 && (call.output.dtype == DType::f16 || call.output.dtype == DType::bf16);
}

}  // namespace fovea::ops::FOVEA_PASS
