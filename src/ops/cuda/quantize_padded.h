#pragma once
#include "ops/activation_types.h"
#include "ops/quantize.h"

namespace fovea::ops::FOVEA_PASS {

// Convolutions of bytes take channels in fours: pictures of fewer get channels of zeros.
inline constexpr int padded_picture_channels = 4;
inline int padded_picture_block() {
  return padded_picture_channels;
}

// A picture as bytes, its channels last and padded, a pixel a lane.
struct PaddedQuantize {
  struct alignas(4) Pixel {
    std::uint8_t channel[padded_picture_channels];
  };
  View<const float, 4> x;
  const float *scale, *zero;
  Pixel* y;
  Index extent[3], padding;

  FOVEA_HD void operator()(Index n, Index row, Index column) const {
    const Index sy = row - padding, sx = column - padding;
    const bool inside = sy >= 0 && sy < x.extent[2] && sx >= 0 && sx < x.extent[3];
    Pixel pixel{};
    for (int c = 0; c < padded_picture_channels; ++c)
      if (c < x.extent[1]) pixel.channel[c] = quantized(inside ? x(n, c, sy, sx) : 0.0f, scale[c], zero[c]);
    y[(n * extent[1] + row) * extent[2] + column] = pixel;
  }
};

inline void quantize_padded(const Quantize& p, Queue queue, std::span<const Array> in, const Array& out) {
  const Shape& y = out.shape();  // [n, 1, h, w, 4]
  const PaddedQuantize body{view<const float, 4>(in[0]),
                            reinterpret_cast<const float*>(in[1].data()),
                            reinterpret_cast<const float*>(in[2].data()),
                            reinterpret_cast<PaddedQuantize::Pixel*>(out.data()),
                            {y[0], y[2], y[3]},
                            p.padding};
  for_each(queue, body.extent, body);
}

// Of networks alone, whose first convolution knows how its input lies.
inline bool quantizes_padded(const Call& call) {
  const TensorSpec& x = call.inputs[0];
  return call.weights && x.shape[1] <= padded_picture_channels && x.block == 1;
}

}  // namespace fovea::ops::FOVEA_PASS
