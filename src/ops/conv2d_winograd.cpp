#include <algorithm>

#include "base/threads.h"
#include "ops/conv2d.h"
#include "ops/onednn.h"
#include "ops/winograd/weights.h"

namespace fovea::ops::cpu {
namespace {

using winograd::floats;
using winograd::Geometry;

// By the layer alone, for bits must not depend on the batch. Where a picture has few tiles, the larger tile's weights,
// 2.25 times as many bytes, take longer to read than its products save; with stride 2 it saves less.
int tile_of(const Call& call) {
  const Shape& y = call.output.shape;
  const bool dense = call.as<Conv2d>().stride == 1;
  const int wish = call.choice.tile;
  if (wish == 2 || wish == 4 || (wish == 6 && dense)) return wish;
  return y[2] * y[3] <= (dense ? 64 : 256) ? 2 : 4;
}

Geometry geometry(const Call& call) {
  const Conv2d& p = call.as<Conv2d>();
  const Shape &x = call.inputs[0].shape, &y = call.output.shape;
  const winograd::Form form{tile_of(call), 3, static_cast<int>(p.stride)};
  return {form, x[0], x[1], y[1], x[2], x[3], p.padding, y[2], y[3], winograd::activation(p.activation)};
}

// A near U: V and M stay in the second-level cache too, and each thread has a chunk. A far one is read once for many
// tiles. Those of stride 2 are large.
Index chunk_tiles(const Geometry& g) {
  const bool large = g.form.stride == 2;
  if (winograd::far_weights(g)) return large ? 64 : 128;
  const Index rows = (g.out_height + g.form.tile - 1) / g.form.tile,
              columns = (g.out_width + g.form.tile - 1) / g.form.tile;
  const Index tiles = g.pictures * rows * columns, threads = usable_threads();
  return std::min<Index>(large ? 28 : 49, (tiles + threads - 1) / threads);
}

// Floats of U from which on V and M drive parts of it out of the second-level cache.
constexpr Index most_near = 1 << 18;

class Conv2dWinograd final : public Kernel {
 public:
  explicit Conv2dWinograd(const Call& call)
      : geometry_(geometry(call)),
        residual_(call.inputs.size() > 3),
        fetch_always_(winograd::weights_size(geometry_) > most_near) {
    chunks_ = winograd::cut(geometry_, chunk_tiles(geometry_), winograd::most_block());
    std::size_t most = 0;
    for (const winograd::Chunk& chunk : chunks_) most = std::max(most, chunk.tiles.size());
    layout_ = winograd::layout(geometry_, static_cast<Index>(most));
    const Index panel = 2 * winograd::lanes(), panels = (geometry_.out + panel - 1) / panel;
    groups_ = (panels + layout_.group - 1) / layout_.group;
    const Array& original = call.constants[1];
    u_ = winograd::transformed(*call.weights, original, geometry_, layout_.group, [&] { return original; });
    bias_ = winograd::padded_bias(*call.weights, call.constants[2]);
  }

  std::string method() const override {
    const std::string tile = std::to_string(geometry_.form.tile);
    return "F(" + tile + "x" + tile + ")";
  }

  int in_place() const override { return residual_ ? 3 : -1; }

  void run(Queue, std::span<const Array> inputs, const Array& output) override {
    const winograd::Operands operands{floats(inputs[0]), residual_ ? floats(inputs[3]) : nullptr, floats(bias_),
                                      floats(output)};
    const Index threads = usable_threads();
    if (!winograd::far_weights(geometry_) && static_cast<Index>(chunks_.size()) >= threads)
      share_chunks(operands, threads);
    else
      share_outputs(operands, std::min(threads, groups_));
  }

 private:
  // Each thread takes some chunks through, without waiting for others.
  void share_chunks(const winograd::Operands& operands, Index threads) {
    const auto count = static_cast<Index>(chunks_.size());
    const Scratch scratch = reserve(threads, threads);
    onednn::run_parts(static_cast<int>(threads), [&](int part) {
      for (Index c = count * part / threads; c < count * (part + 1) / threads; ++c) {
        const winograd::Chunk& chunk = chunks_[static_cast<std::size_t>(c)];
        winograd::gather(geometry_, layout_, chunk, operands.x, 0, blocks(), scratch.v + part * v_size());
        winograd::multiply(geometry_, layout_, chunk, scratch.v + part * v_size(), floats(u_),
                           fetch_always_ || c == count * part / threads, 0, groups_, scratch.m + part * m_size(),
                           operands);
      }
    });
  }

  // Each thread makes some output channels of every chunk, and so reads its part of U only.
  void share_outputs(const winograd::Operands& operands, Index threads) {
    const Scratch scratch = reserve(1, threads);
    for (const winograd::Chunk& chunk : chunks_) {
      onednn::run_parts(static_cast<int>(threads), [&](int part) {
        winograd::gather(geometry_, layout_, chunk, operands.x, blocks() * part / threads,
                         blocks() * (part + 1) / threads, scratch.v);
      });
      onednn::run_parts(static_cast<int>(threads), [&](int part) {
        const bool fetch = fetch_always_ || &chunk == &chunks_.front();
        winograd::multiply(geometry_, layout_, chunk, scratch.v, floats(u_), fetch, groups_ * part / threads,
                           groups_ * (part + 1) / threads, scratch.m + part * m_size(), operands);
      });
    }
  }

  Index blocks() const { return (geometry_.in + winograd::lanes() - 1) / winograd::lanes(); }
  Index points() const { return geometry_.form.points() * geometry_.form.points(); }
  Index v_size() const { return points() * layout_.point_v; }
  Index m_size() const { return points() * layout_.group * layout_.point_m; }

  struct Scratch {
    float *v, *m;
  };
  Scratch reserve(Index vs, Index ms) const {
    float* both = winograd::scratch(vs * v_size() + ms * m_size());
    return {both, both + vs * v_size()};
  }

  Geometry geometry_;
  bool residual_;
  std::vector<winograd::Chunk> chunks_;
  winograd::Layout layout_{};
  Index groups_ = 0;
  bool fetch_always_;
  Array u_, bias_;
};

// In small pictures with stride 2 many channels' transformed weights take longer to read than direct sums take.
bool gains(const Conv2d& p, const Shape& w, const Shape& y) {
  return p.stride == 1 || (p.stride == 2 && (y[2] * y[3] > 64 || w[1] <= 256));
}

bool supports(const Call& call) {
  const Conv2d& p = call.as<Conv2d>();
  const Shape& w = call.inputs[1].shape;
  const int block = onednn::channel_block();
  return all_f32(call) && winograd::lanes() == block && gains(p, w, call.output.shape) && p.padding <= 2 &&
         p.dilation == 1 && p.groups == 1 && w[2] == 3 && w[3] == 3 && w[0] >= 32 && call.inputs[0].block == block &&
         (call.inputs.size() < 4 || call.inputs[3].block == block) && call.output.block == block &&
         call.output.shape[0] > 0 && call.weights && call.constants.size() > 2 && call.constants[1].size() > 0 &&
         call.constants[2].size() > 0;
}

std::unique_ptr<Kernel> prepare(const Call& call) {
  return std::make_unique<Conv2dWinograd>(call);
}

}  // namespace

void register_conv2d_winograd(Registry& r) {
  r.add_row({"conv2d", Device::Kind::cpu, "winograd", supports, prepare, onednn::channel_block, 1});
}

}  // namespace fovea::ops::cpu
