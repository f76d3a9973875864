#pragma once
#include "ops/cuda/resize_tile.h"
#include "ops/prepare_image.h"

namespace fovea::ops::FOVEA_PASS {

struct StoreNormalized {
  float* y;
  const float *mean, *std;
  Index channels, plane, width;
  FOVEA_HD void operator()(Index row, Index flat, std::uint8_t byte) const {
    const Index c = flat % channels;
    y[c * plane + row * width + flat / channels] = (static_cast<float>(byte) / 255.0f - mean[c]) / std[c];
  }
};

class TiledPrepareImage final : public Kernel {
 public:
  explicit TiledPrepareImage(const Call& call)
      : in_(call.inputs[0].shape),
        crop_(call.as<PrepareImage>().crop),
        mean_({call.as<PrepareImage>().mean.begin(), call.as<PrepareImage>().mean.end()}),
        std_({call.as<PrepareImage>().std.begin(), call.as<PrepareImage>().std.end()}) {
    const PrepareImage& p = call.as<PrepareImage>();
    const PrepareGeometry at(p, in_[0], in_[1]);
    down_ = TapsTable(make_taps(in_[0], at.height, at.top, crop_, p.filter));
    across_ = TapsTable(make_taps(in_[1], at.width, at.left, crop_, p.filter));
  }

  void run(Queue queue, std::span<const Array> in, const Array& out) override {
    if (out.size() == 0) return;
    const Index channels = in_[2];
    const StoreNormalized store{
        reinterpret_cast<float*>(out.data()), mean_.data(), std_.data(), channels, crop_ * crop_, crop_};
    const ResizeTile<StoreNormalized> tile{reinterpret_cast<const std::uint8_t*>(in[0].data()),
                                           in_[1],
                                           crop_,
                                           crop_,
                                           channels,
                                           down_.view(),
                                           across_.view(),
                                           store};
    for_blocks<ResizeTile<StoreNormalized>::lanes>(queue, tile.blocks(), tile);
  }

 private:
  Shape in_;
  Index crop_;
  TapsTable down_, across_;
  Table<float> mean_, std_;
};

inline bool prepares_tiled(const Call& call) {
  const PrepareImage& p = call.as<PrepareImage>();
  const Shape& in = call.inputs[0].shape;
  return plain(call) && fits_tile(in[0], PrepareGeometry(p, in[0], in[1]).height, p.filter);
}

}  // namespace fovea::ops::FOVEA_PASS
