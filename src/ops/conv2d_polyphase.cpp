#include "base/threads.h"
#include "ops/conv2d.h"
#include "ops/onednn.h"
#include "ops/winograd/phases.h"
#include "ops/winograd/weights.h"

namespace fovea::ops::cpu {
namespace {

using winograd::floats;
using winograd::Geometry;
using winograd::Phases;

constexpr int window = 7, half_window = 4;

Phases phases(const Call& call) {
  const Shape &x = call.inputs[0].shape, &y = call.output.shape;
  const Index reach = half_window - 1;
  return {x[1], x[2], x[3], call.as<Conv2d>().padding, y[2] + reach, y[3] + reach, winograd::lanes()};
}

// One picture's, over its phases.
Geometry geometry(const Call& call) {
  const Phases p = phases(call);
  const Shape& y = call.output.shape;
  return {{3, half_window}, 1, 4 * p.channels, y[1], p.rows,
          p.columns,        0, y[2],           y[3], call.as<Conv2d>().activation == "relu"};
}

// [out, 4 * channels, 4, 4] of [out, channels, 7, 7]: tap (2r + a, 2s + b) is tap (r, s) of phase (a, b).
Array phase_weights(const Array& original) {
  const Shape& w = original.shape();
  Array made = Array::zeros({w[0], 4 * w[1], half_window, half_window}, DType::f32);
  const auto to = view<float, 4>(made);
  const auto from = view<const float, 4>(original);
  for (Index k = 0; k < w[0]; ++k)
    for (Index c = 0; c < w[1]; ++c)
      for (Index r = 0; r < window; ++r)
        for (Index s = 0; s < window; ++s) to(k, 4 * c + 2 * (r % 2) + s % 2, r / 2, s / 2) = from(k, c, r, s);
  return made;
}

// 7x7 windows of stride 2 over a picture's few channels, as networks begin: F(3x3, 4x4) over the picture's four phases,
// 48 products a channel and output instead of 147.
class Conv2dPolyphase final : public Kernel {
 public:
  explicit Conv2dPolyphase(const Call& call)
      : pictures_(call.inputs[0].shape[0]), phases_(phases(call)), geometry_(geometry(call)) {
    chunks_ = winograd::cut(geometry_, most_tiles, winograd::most_block());
    layout_ = winograd::layout(geometry_, most_tiles);
    const Array& original = call.constants[1];
    u_ = winograd::transformed(*call.weights, original, geometry_, layout_.group,
                               [&] { return phase_weights(original); });
    bias_ = winograd::padded_bias(*call.weights, call.constants[2]);
  }

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
  Phases phases_;
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
         p.groups == 1 && w[1] <= 4 && w[2] == window && w[3] == window && w[0] >= 32 && call.inputs.size() == 3 &&
         call.inputs[0].block == 1 && call.output.block == block && call.output.shape[0] > 0 && call.weights &&
         call.constants.size() > 2 && call.constants[1].size() > 0 && call.constants[2].size() > 0;
}

std::unique_ptr<Kernel> prepare(const Call& call) {
  return std::make_unique<Conv2dPolyphase>(call);
}

}  // namespace

void register_conv2d_polyphase(Registry& r) {
  r.add_row({"conv2d", Device::Kind::cpu, "polyphase", supports, prepare, onednn::channel_block, 1});
}

}  // namespace fovea::ops::cpu
