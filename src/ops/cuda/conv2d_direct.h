#pragma once
#include "ops/conv2d.h"
#include "ops/cuda/channels_last.h"

namespace fovea::ops::FOVEA_PASS {

// conv2d on 16 bits with channels last, an element a lane: neighbours read neighbouring channels of a depthwise window,
// or one window all. Sums are in f32 over (row, column, channel) and are rounded once.
template <class T>
struct DirectConvolution {
  View<const T, 5> x;  // one block of all channels, as are residual and y
  View<const T, 4> weight;
  const float* bias;
  View<const T, 5> residual;
  View<T, 5> y;
  Index stride, padding, dilation, group_in, group_out;
  float least, most;  // of the activation

  FOVEA_HD void operator()(Index n, Index row, Index column, Index k) const {
    float sum = bias ? bias[k] : 0.0f;
    const Index first = k / group_out * group_in;
    for (Index r = 0; r < weight.extent[2]; ++r) {
      const Index sy = row * stride - padding + r * dilation;
      if (sy < 0 || sy >= x.extent[2]) continue;
      for (Index s = 0; s < weight.extent[3]; ++s) {
        const Index sx = column * stride - padding + s * dilation;
        if (sx < 0 || sx >= x.extent[3]) continue;
        for (Index c = 0; c < group_in; ++c)
          sum += static_cast<float>(x(n, 0, sy, sx, first + c)) * static_cast<float>(weight(k, c, r, s));
      }
    }
    if (residual.data) sum += static_cast<float>(residual(n, 0, row, column, k));
    y(n, 0, row, column, k) = static_cast<T>(sum < least ? least : sum > most ? most : sum);
  }
};

template <class T>
void convolve_directly_as(const Conv2d& p, Queue queue, std::span<const Array> in, const Array& out) {
  const DirectConvolution<T> body{blocked_view<const T>(in[0]),
                                  view<const T, 4>(in[1]),
                                  in.size() > 2 ? reinterpret_cast<const float*>(in[2].data()) : nullptr,
                                  in.size() > 3 ? blocked_view<const T>(in[3]) : View<const T, 5>{},
                                  blocked_view<T>(out),
                                  p.stride,
                                  p.padding,
                                  p.dilation,
                                  in[1].shape()[1],
                                  in[1].shape()[0] / p.groups,
                                  p.activation == "none" ? -__builtin_inff() : 0.0f,
                                  p.activation == "relu6" ? 6.0f : __builtin_inff()};
  const Index extent[4] = {body.y.extent[0], body.y.extent[2], body.y.extent[3], body.y.extent[4]};
  for_each(queue, extent, body);
}

inline void convolve_directly(const Conv2d& p, Queue queue, std::span<const Array> in, const Array& out) {
  out.dtype() == DType::f16 ? convolve_directly_as<F16>(p, queue, in, out)
                            : convolve_directly_as<BF16>(p, queue, in, out);
}

}  // namespace fovea::ops::FOVEA_PASS
