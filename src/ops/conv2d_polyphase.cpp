#include "base/threads.h"
#include "ops/conv2d.h"
#include "ops/onednn.h"
#include "ops/polyphase/conv2d_phases.h"

namespace fovea::ops::cpu {
namespace {

using winograd::floats;
using winograd::Geometry;

class Conv2dPolyphase final : public Kernel {
 public:
  explicit Conv2dPolyphase(const Call& call)
      : pictures_(call.inputs[0].shape[0]),
        phases_(polyphase::phases(call, 0, call.output.shape[2])),
        geometry_(polyphase::geometry(call, call.output.shape[2])) {
    chunks_ = winograd::cut(geometry_, most_tiles, winograd::most_block());
    layout_ = winograd::layout(geometry_, most_tiles);
    u_ = polyphase::weights(call, layout_.group);
    bias_ = winograd::padded_bias(*call.weights, call.constants[2]);
  }

  std::string method() const override { return "F(3x3)"; }

  void run(Queue, std::span<const Array> inputs, const Array& output) override {
    const Index lanes = winograd::lanes(), points = geometry_.form.points() * geometry_.form.points();
    const Index blocks = (geometry_.in + lanes - 1) / lanes, panels = (geometry_.out + 2 * lanes - 1) / (2 * lanes);
    const Index image = blocks * phases_.rows * phases_.columns * lanes;
    const Index v_size = points * layout_.point_v, m_size = points * layout_.group * layout_.point_m;
    const Index threads = usable_threads(), count = static_cast<Index>(chunks_.size());
    float* split = winograd::scratch(image + threads * (v_size + m_size));
    const Index x_size = inputs[0].size() / pictures_, y_size = output.size() / pictures_;
    for (Index n = 0; n < pictures_; ++n) {
      onednn::run_parts(static_cast<int>(threads), [&](int part) {
        winograd::split_phases(phases_, floats(inputs[0]) + n * x_size, phases_.rows * part / threads,
                               phases_.rows * (part + 1) / threads, split);
      });
      const winograd::Operands operands{split, nullptr, floats(bias_), floats(output) + n * y_size};
      onednn::run_parts(static_cast<int>(threads), [&](int part) {
        float* v = split + image + part * (v_size + m_size);
        for (Index c = count * part / threads; c < count * (part + 1) / threads; ++c) {
          const winograd::Chunk& chunk = chunks_[static_cast<std::size_t>(c)];
          winograd::gather(geometry_, layout_, chunk, split, 0, blocks, v);
          winograd::multiply(geometry_, layout_, chunk, v, floats(u_), false, 0, panels, v + v_size, operands);
        }
      });
    }
  }

 private:
  static constexpr Index most_tiles = 42;

  Index pictures_;
  winograd::Phases phases_;
  Geometry geometry_;
  std::vector<winograd::Chunk> chunks_;
  winograd::Layout layout_{};
  Array u_, bias_;
};

bool supports(const Call& call) {
  const Conv2d& p = call.as<Conv2d>();
  const Shape& w = call.inputs[1].shape;
  const int block = onednn::channel_block();
  return all_f32(call) && winograd::lanes() == block && p.stride == 2 && p.padding <= 3 && p.dilation == 1 &&
         p.groups == 1 && w[1] <= 4 && w[2] == polyphase::window && w[3] == polyphase::window && w[0] >= 32 &&
         call.inputs.size() == 3 && call.inputs[0].block == 1 && call.output.block == block &&
         call.output.shape[0] > 0 && call.weights && call.constants.size() > 2 && call.constants[1].size() > 0 &&
         call.constants[2].size() > 0;
}

std::unique_ptr<Kernel> prepare(const Call& call) {
  return std::make_unique<Conv2dPolyphase>(call);
}

}  // namespace

void register_conv2d_polyphase(Registry& r) {
  r.add_row({"conv2d", Device::Kind::cpu, "polyphase", supports, prepare, onednn::channel_block, 1,
             polyphase::prepare_pooled});
}

}  // namespace fovea::ops::cpu
