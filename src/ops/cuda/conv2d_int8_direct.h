#pragma once
#include "ops/conv2d_int8.h"
#include "ops/cuda/channels_last.h"

namespace fovea::ops::FOVEA_PASS {

// conv2d_int8 with channels last, an element a lane: neighbours read neighbouring channels of a depthwise window, or
// one window all.
template <class X>
struct DirectInt8Convolution {
  View<const X, 5> x;  // one block of all channels, as are residual and y
  View<const std::int8_t, 4> weight;
  const float *bias, *scale;
  View<const std::uint8_t, 5> residual;
  View<std::uint8_t, 5> y;
  Index stride, padding, dilation, group_in, group_out;
  bool residual_signed;
  Requantization requantized;

  FOVEA_HD void operator()(Index n, Index row, Index column, Index k) const {
    std::int32_t sum = 0;
    const Index first = k / group_out * group_in;
    for (Index r = 0; r < weight.extent[2]; ++r) {
      const Index sy = row * stride - padding + r * dilation;
      if (sy < 0 || sy >= x.extent[2]) continue;
      for (Index s = 0; s < weight.extent[3]; ++s) {
        const Index sx = column * stride - padding + s * dilation;
        if (sx < 0 || sx >= x.extent[3]) continue;
        for (Index c = 0; c < group_in; ++c)
          sum += std::int32_t{x(n, 0, sy, sx, first + c)} * std::int32_t{weight(k, c, r, s)};
      }
    }
    y(n, 0, row, column, k) = static_cast<std::uint8_t>(finished(sum, n, row, column, k));
  }

 private:
  FOVEA_HD std::int32_t finished(std::int32_t sum, Index n, Index row, Index column, Index k) const {
    if (!residual.data) return requantized(sum, bias[k], scale[k]);
    const std::uint8_t other = residual(n, 0, row, column, k);
    return requantized(sum, bias[k], scale[k], residual_signed ? static_cast<std::int8_t>(other) : other);
  }
};

template <class X>
void convolve_bytes_directly_as(const Conv2dInt8& p, Queue queue, std::span<const Array> in, const Array& out) {
  const bool adds = in.size() > 4;
  const DirectInt8Convolution<X> body{blocked_view<const X>(in[0]),
                                      view<const std::int8_t, 4>(in[1]),
                                      reinterpret_cast<const float*>(in[2].data()),
                                      reinterpret_cast<const float*>(in[3].data()),
                                      adds ? blocked_view<const std::uint8_t>(in[4]) : View<const std::uint8_t, 5>{},
                                      blocked_view<std::uint8_t>(out),
                                      p.stride,
                                      p.padding,
                                      p.dilation,
                                      in[1].shape()[1],
                                      in[1].shape()[0] / p.groups,
                                      adds && in[4].dtype() == DType::i8,
                                      Requantization(p)};
  const Index extent[4] = {body.y.extent[0], body.y.extent[2], body.y.extent[3], body.y.extent[4]};
  for_each(queue, extent, body);
}

inline void convolve_bytes_directly(const Conv2dInt8& p, Queue queue, std::span<const Array> in, const Array& out) {
  in[0].dtype() == DType::u8 ? convolve_bytes_directly_as<std::uint8_t>(p, queue, in, out)
                             : convolve_bytes_directly_as<std::int8_t>(p, queue, in, out);
}

}  // namespace fovea::ops::FOVEA_PASS
