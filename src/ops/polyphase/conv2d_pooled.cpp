#include <algorithm>
#include <limits>

#include "base/threads.h"
#include "ops/onednn.h"
#include "ops/polyphase/conv2d_phases.h"
#include "ops/pool2d.h"
#include "ops/pooling/max_planes.h"

namespace fovea::ops::cpu::polyphase {
namespace {

using winograd::floats;

constexpr Index strip = 7;  // rows of maxima; their 15 rows of the convolution are five of tiles

// A strip's part of the work: that of the last is less.
struct Strip {
  winograd::Geometry geometry;
  std::vector<winograd::Chunk> chunks;
  pooling::Planes planes;
};

class PooledPolyphase final : public Kernel {
 public:
  PooledPolyphase(const Call& call, const Call& pool)
      : phases_(phases(call, 0, 2 * strip + 1)),
        pictures_(pool.output.shape[0]),
        strips_((pool.output.shape[2] + strip - 1) / strip) {
    layout_ = winograd::layout(geometry(call, 2 * strip + 1), most_tiles);
    const Index rows = pool.output.shape[2] - (strips_ - 1) * strip;
    whole_ = make(call, pool, 2 * strip + 1, strip);
    last_ = make(call, pool, std::min(2 * rows + 1, call.output.shape[2] - first_row(strips_ - 1)), rows);
    u_ = weights(call, layout_.group);
    bias_ = winograd::padded_bias(*call.weights, call.constants[2]);
  }

  std::string method() const override { return "F(3x3), maxima"; }

  void run(Queue, std::span<const Array> inputs, const Array& output) override {
    const Index units = pictures_ * strips_, threads = std::min<Index>(usable_threads(), units);
    const Index lanes = winograd::lanes(), blocks = (whole_.geometry.in + lanes - 1) / lanes;
    const Index image = blocks * phases_.rows * phases_.columns * lanes;
    const Index points = whole_.geometry.form.points() * whole_.geometry.form.points();
    const Index v_size = points * layout_.point_v, m_size = points * layout_.group * layout_.point_m;
    const Index each = image + v_size + m_size + planes() * whole_.planes.step;
    float* scratch = winograd::scratch(threads * each);
    onednn::run_parts(static_cast<int>(threads), [&](int part) {
      float* split = scratch + part * each;
      float* v = split + image;
      for (Index unit = units * part / threads; unit < units * (part + 1) / threads; ++unit)
        run_strip(inputs[0], unit / strips_, unit % strips_, output, split, v, v + v_size, v + v_size + m_size);
    });
  }

 private:
  static constexpr Index most_tiles = 42;

  // Of the convolution: the window of the strip's first maxima begins there, outside the picture for the first strip.
  static Index first_row(Index s) { return 2 * strip * s - 1; }

  static Strip make(const Call& call, const Call& pool, Index rows, Index maxima) {
    Strip made{geometry(call, rows), {}, {}};
    made.chunks = winograd::cut(made.geometry, most_tiles, winograd::most_block());
    const Shape &x = call.output.shape, &y = pool.output.shape;
    const MaxPool2d& p = pool.as<MaxPool2d>();
    const Index block = pool.output.block;
    made.planes = {rows, x[3], block, rows * x[3] * block, maxima, y[3], y[2] * y[3] * block, p.size, p.stride, 0, 1};
    return made;
  }

  void run_strip(const Array& input, Index picture, Index s, const Array& output, float* split, float* v, float* m,
                 float* rows) const {
    const Strip& now = s == strips_ - 1 ? last_ : whole_;
    const winograd::Geometry& g = now.geometry;
    winograd::Phases phases = phases_;
    phases.first = first_row(s);
    phases.rows = g.height;
    winograd::split_phases(phases, floats(input) + picture * (input.size() / pictures_), 0, phases.rows, split);
    const Index blocks = (g.in + winograd::lanes() - 1) / winograd::lanes();
    for (const winograd::Chunk& chunk : now.chunks) {
      winograd::gather(g, layout_, chunk, split, 0, blocks, v);
      winograd::multiply(g, layout_, chunk, v, floats(u_), false, 0, (planes() + 1) / 2, m,
                         {split, nullptr, floats(bias_), rows});
    }
    if (s == 0)
      for (Index plane = 0; plane < planes(); ++plane)
        std::fill_n(rows + plane * now.planes.step, now.planes.width * now.planes.block,
                    -std::numeric_limits<float>::infinity());
    pooling::max_planes(
        now.planes, rows, 0, planes(),
        floats(output) + picture * (output.size() / pictures_) + strip * s * now.planes.out_width * now.planes.block);
  }

  Index planes() const { return (whole_.geometry.out + winograd::lanes() - 1) / winograd::lanes(); }

  winograd::Phases phases_;
  Index pictures_, strips_;
  winograd::Layout layout_{};
  Strip whole_, last_;
  Array u_, bias_;
};

}  // namespace

std::unique_ptr<Kernel> prepare_pooled(const Call& call, const Call& pool) {
  const MaxPool2d& p = pool.as<MaxPool2d>();
  if (p.size != 3 || p.stride != 2 || p.padding != 1 || !pooling::takes_block(pool.output.block)) return nullptr;
  return std::make_unique<PooledPolyphase>(call, pool);
}

}  // namespace fovea::ops::cpu::polyphase
