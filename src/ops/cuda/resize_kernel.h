#pragma once
#include "ops/cuda/resize_tile.h"
#include "ops/resize.h"

namespace fovea::ops::FOVEA_PASS {

struct StorePixels {
  std::uint8_t* y;
  Index line;
  FOVEA_HD void operator()(Index row, Index flat, std::uint8_t byte) const { y[row * line + flat] = byte; }
};

class TiledResize final : public Kernel {
 public:
  explicit TiledResize(const Call& call)
      : in_(call.inputs[0].shape),
        height_(call.as<Resize>().height),
        width_(call.as<Resize>().width),
        down_(make_taps(in_[0], height_, 0, height_, call.as<Resize>().filter)),
        across_(make_taps(in_[1], width_, 0, width_, call.as<Resize>().filter)) {}

  void run(Queue queue, std::span<const Array> in, const Array& out) override {
    if (out.size() == 0) return;
    const Index channels = in_[2];
    const StorePixels store{reinterpret_cast<std::uint8_t*>(out.data()), width_ * channels};
    const ResizeTile<StorePixels> tile{reinterpret_cast<const std::uint8_t*>(in[0].data()),
                                       in_[1],
                                       height_,
                                       width_,
                                       channels,
                                       down_.view(),
                                       across_.view(),
                                       store};
    for_blocks<ResizeTile<StorePixels>::lanes>(queue, tile.blocks(), tile);
  }

 private:
  Shape in_;
  Index height_, width_;
  TapsTable down_, across_;
};

inline bool resizes_tiled(const Call& call) {
  const Resize& p = call.as<Resize>();
  const TensorSpec& in = call.inputs[0];
  return plain(call) && in.dtype == DType::u8 && fits_tile(in.shape[0], p.height, p.filter);
}

}  // namespace fovea::ops::FOVEA_PASS
