#include <algorithm>

#include "base/threads.h"
#include "ops/activation_types.h"
#include "ops/cast.h"
#include "ops/onednn.h"

namespace fovea::ops::cpu {
namespace {

// From channels side by side to the blocks that f32 convolutions want, the last one filled up with zeros.
template <class From>
void to_blocks(const From* x, Index channels, Index plane, Index begin, Index end, Index block, float scale, float* y) {
  for (Index first = 0; first < channels; first += block, y += plane * block) {
    const Index count = std::min(block, channels - first);
    for (Index at = begin; at < end; ++at) {
      const From* from = x + at * channels + first;
      float* to = y + at * block;
      for (Index c = 0; c < count; ++c) to[c] = static_cast<float>(from[c]) * scale;
      std::fill(to + count, to + block, 0.0f);
    }
  }
}

class CastBlocks final : public Kernel {
 public:
  explicit CastBlocks(const Call& call)
      : scale_(static_cast<float>(call.as<Cast>().scale)), channels_(call.output.shape[1]) {}

  void run(Queue, std::span<const Array> in, const Array& out) override {
    const Shape& stored = out.shape();
    const Index plane = stored[2] * stored[3], size = out.size() / std::max<Index>(stored[0], 1);
    with_activation_type(in[0].dtype(), [&]<class From>(From) {
      for (Index n = 0; n < stored[0]; ++n)
        parallel_for(plane, std::max<Index>(1, 32768 / channels_), [&](Index begin, Index end) {
          to_blocks(reinterpret_cast<const From*>(in[0].data()) + n * plane * channels_, channels_, plane, begin, end,
                    stored[4], scale_, reinterpret_cast<float*>(out.data()) + n * size);
        });
    });
  }

 private:
  float scale_;
  Index channels_;
};

// What f32 reads behind low precision: oneDNN has no quick convolution of many channels in planes.
bool supports(const Call& call) {
  return call.weights && channels_last(call.inputs[0]) && call.inputs[0].block > 1 && call.output.dtype == DType::f32 &&
         is_activation_type(call.inputs[0].dtype);
}

std::unique_ptr<Kernel> prepare(const Call& call) {
  return std::make_unique<CastBlocks>(call);
}

}  // namespace

void register_cast_blocks(Registry& r) {
  r.add_row({"cast", Device::Kind::cpu, "blocks", supports, prepare, onednn::channel_block, 1});
}

}  // namespace fovea::ops::cpu
