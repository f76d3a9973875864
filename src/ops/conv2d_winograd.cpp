#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "ops/conv2d.h"
#include "ops/onednn.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/conv2d_winograd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

// 3x3 convolutions of stride 1 by Winograd's F(4x4, 3x3) (Lavin and Gray, 2015) with the points 0, +-1/sqrt2, +-sqrt2
// and infinity: 36 products where direct sums need 144, with about twice their rounding error. Pictures are cut into
// 4x4 tiles; tiles of a chunk are transformed (V), multiplied with the transformed weights (U) point by point (M), and
// transformed back. Every tile's sums run in one order, so its bits do not depend on the tiles beside it.

#ifndef FOVEA_CONV2D_WINOGRAD_SHAPES
#define FOVEA_CONV2D_WINOGRAD_SHAPES
namespace fovea::ops::cpu {

inline constexpr int winograd_tile = 4, winograd_span = 6, winograd_points = 36;

struct WinogradShape {
  Index pictures, in, out, height, width;  // channels are multiples of the block
  Index tile_rows, tile_columns;
  bool residual, relu;
  Index tiles() const { return pictures * tile_rows * tile_columns; }
};

// Tiles [first, first + count) of a picture batch, and the strides between the points of V and M.
struct WinogradChunk {
  Index first, count, v_stride, m_stride;
};

}  // namespace fovea::ops::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace fovea::ops::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL

using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;
constexpr Index B = HWY_TARGET == HWY_AVX2 ? 8 : 16;        // channels of a block, lanes of a vector
constexpr int most_rows = HWY_TARGET == HWY_AVX2 ? 6 : 13;  // tiles whose accumulators fit the registers
constexpr Index panel = 2 * B;                              // output channels that are made together

int WinogradLanes() {
  return static_cast<int>(B);
}

HWY_INLINE V Scaled(float factor, V x, V plus) {
  return hn::MulAdd(hn::Set(D(), factor), x, plus);
}

// One axis of the input transform.
HWY_INLINE void TransformIn(const V (&x)[6], V (&y)[6]) {
  const float a = 0.70710678f, b = 1.41421356f;
  y[0] = hn::Add(Scaled(-2.5f, x[2], x[0]), x[4]);
  y[1] = hn::Add(Scaled(-2.5f, x[3], x[1]), x[5]);
  const V even_a = Scaled(-2.0f, x[2], x[4]), odd_a = Scaled(-2.0f, x[1], x[3]);
  y[2] = Scaled(a, odd_a, even_a);
  y[3] = Scaled(-a, odd_a, even_a);
  const V even_b = Scaled(-0.5f, x[2], x[4]), odd_b = Scaled(-0.5f, x[1], x[3]);
  y[4] = Scaled(b, odd_b, even_b);
  y[5] = Scaled(-b, odd_b, even_b);
}

// One axis of the output transform.
HWY_INLINE void TransformOut(const V (&x)[6], V (&y)[4]) {
  const float a = 0.70710678f, b = 1.41421356f;
  const V sum_a = hn::Add(x[2], x[3]), sum_b = hn::Add(x[4], x[5]);
  const V difference_a = hn::Sub(x[2], x[3]), difference_b = hn::Sub(x[4], x[5]);
  y[0] = hn::Add(hn::Add(x[0], sum_a), sum_b);
  y[1] = Scaled(b, difference_b, hn::Mul(hn::Set(D(), a), difference_a));
  y[2] = Scaled(2.0f, sum_b, hn::Mul(hn::Set(D(), 0.5f), sum_a));
  y[3] = hn::Add(Scaled(2.0f * b, difference_b, hn::Mul(hn::Set(D(), 0.5f * a), difference_a)), x[1]);
}

struct TilePlace {
  Index picture, row, column;
};
HWY_INLINE TilePlace PlaceOf(const WinogradShape& s, Index tile) {
  const Index each = s.tile_rows * s.tile_columns, inside = tile % each;
  return {tile / each, inside / s.tile_columns * winograd_tile, inside % s.tile_columns * winograd_tile};
}

// V[point][channel block][tile][B] of a chunk, for channel blocks [begin, end).
void MakeV(const WinogradShape& s, const WinogradChunk& chunk, const float* x, Index begin, Index end, float* v) {
  const D d;
  for (Index cb = begin; cb < end; ++cb)
    for (Index t = 0; t < chunk.count; ++t) {
      const TilePlace at = PlaceOf(s, chunk.first + t);
      const float* plane = x + (at.picture * (s.in / B) + cb) * s.height * s.width * B;
      V columns[6][6];
      for (Index j = 0; j < 6; ++j) {
        V in[6], out[6];
        const Index sx = at.column - 1 + j;
        for (Index i = 0; i < 6; ++i) {
          const Index sy = at.row - 1 + i;
          const bool inside = sx >= 0 && sx < s.width && sy >= 0 && sy < s.height;
          in[i] = inside ? hn::Load(d, plane + (sy * s.width + sx) * B) : hn::Zero(d);
        }
        TransformIn(in, out);
        for (int i = 0; i < 6; ++i) columns[i][j] = out[i];
      }
      float* to = v + (cb * chunk.count + t) * B;
      for (int i = 0; i < 6; ++i) {
        V out[6];
        TransformIn(columns[i], out);
        for (int j = 0; j < 6; ++j) hn::Store(out[j], d, to + (i * 6 + j) * chunk.v_stride);
      }
    }
}

// m[tile][panel] = sum over channels of v[channel block][tile][B] * u[channel][panel], for Rows tiles.
template <int Rows>
void Multiply(const float* v, Index block_stride, const float* u, Index blocks, float* m) {
  const D d;
  V low[Rows], high[Rows];
#pragma GCC unroll 16
  for (int r = 0; r < Rows; ++r) low[r] = high[r] = hn::Zero(d);
  for (Index cb = 0; cb < blocks; ++cb, v += block_stride)
    for (Index k = 0; k < B; ++k, u += panel) {
      const V w0 = hn::Load(d, u), w1 = hn::Load(d, u + B);
#pragma GCC unroll 16
      for (int r = 0; r < Rows; ++r) {
        const V x = hn::Set(d, v[r * B + k]);
        low[r] = hn::MulAdd(x, w0, low[r]);
        high[r] = hn::MulAdd(x, w1, high[r]);
      }
    }
#pragma GCC unroll 16
  for (int r = 0; r < Rows; ++r) {
    hn::Store(low[r], d, m + r * panel);
    hn::Store(high[r], d, m + r * panel + B);
  }
}

using MultiplyRows = void (*)(const float*, Index, const float*, Index, float*);
template <int... I>
constexpr auto TableOf(std::integer_sequence<int, I...>) {
  return std::array<MultiplyRows, sizeof...(I) + 1>{nullptr, Multiply<I + 1>...};
}
constexpr auto multiply_rows = TableOf(std::make_integer_sequence<int, most_rows>());

// Tiles in groups of nearly equal size.
void MultiplyTiles(const float* v, Index count, const float* u, Index blocks, float* m) {
  const Index groups = (count + most_rows - 1) / most_rows;
  for (Index g = 0; g < groups; ++g) {
    const Index begin = count * g / groups, end = count * (g + 1) / groups;
    multiply_rows[static_cast<std::size_t>(end - begin)](v + begin * B, count * B, u, blocks, m + begin * panel);
  }
}

// Rows and columns of one block of output channels of one tile, with bias, residual (already in y) and ReLU.
void PutTile(const WinogradShape& s, const TilePlace& at, Index kb, const float* m, Index point_stride,
             const float* bias, float* y) {
  const D d;
  V rows[4][6];
  for (int j = 0; j < 6; ++j) {
    V in[6], out[4];
    for (int i = 0; i < 6; ++i) in[i] = hn::Load(d, m + (i * 6 + j) * point_stride);
    TransformOut(in, out);
    for (int i = 0; i < 4; ++i) rows[i][j] = out[i];
  }
  float* plane = y + (at.picture * (s.out / B) + kb) * s.height * s.width * B;
  const V shift = hn::LoadU(d, bias + kb * B);
  for (Index i = 0; i < std::min<Index>(4, s.height - at.row); ++i) {
    V out[4];
    TransformOut(rows[i], out);
    float* line = plane + ((at.row + i) * s.width + at.column) * B;
    for (Index j = 0; j < std::min<Index>(4, s.width - at.column); ++j) {
      V value = hn::Add(out[j], shift);
      if (s.residual) value = hn::Add(value, hn::Load(d, line + j * B));
      if (s.relu) value = hn::IfThenZeroElse(hn::Lt(value, hn::Zero(d)), value);
      hn::Store(value, d, line + j * B);
    }
  }
}

// Tiles whose V stays in the second-level cache.
Index ChunkTiles(Index channels) {
  constexpr Index bytes = 1400 << 10;
  return std::clamp<Index>(bytes / (winograd_points * channels * 4), 2 * most_rows, 8 * most_rows);
}

// Output channels [begin, end) of a chunk, from its V.
void MakeY(const WinogradShape& s, const WinogradChunk& chunk, const float* v, const float* u, const float* bias,
           Index begin, Index end, float* m, float* y) {
  for (Index k = begin; k < end; k += panel) {
    const float* weights = u + k / panel * winograd_points * s.in * panel;
    for (int p = 0; p < winograd_points; ++p, weights += s.in * panel)
      MultiplyTiles(v + p * chunk.v_stride, chunk.count, weights, s.in / B, m + p * chunk.m_stride);
    for (Index t = 0; t < chunk.count; ++t) {
      const TilePlace at = PlaceOf(s, chunk.first + t);
      PutTile(s, at, k / B, m + t * panel, chunk.m_stride, bias, y);
      PutTile(s, at, k / B + 1, m + t * panel + B, chunk.m_stride, bias, y);
    }
  }
}

// U[panel][point][channel][output] = G g G^T of weights [out, in, 3, 3], in f64 and rounded once.
void MakeU(const float* weights, Index out, Index in, float* u) {
  const double a2 = 0.5, b2 = 2.0, a = 0.70710678118654752, b = 1.41421356237309505;
  const double na = 1 / (2 * a2 * (a2 - b2)), nb = 1 / (2 * b2 * (b2 - a2));
  const double g[6][3] = {{1, 0, 0},
                          {0, 0, 1},
                          {na, a * na, a2 * na},
                          {na, -a * na, a2 * na},
                          {nb, b * nb, b2 * nb},
                          {nb, -b * nb, b2 * nb}};
  for (Index k = 0; k < out; k += panel)
    for (Index c = 0; c < in; ++c) {
      double w[9][panel], half[6][3][panel];
      for (Index o = 0; o < panel; ++o)
        for (int i = 0; i < 9; ++i) w[i][o] = weights[((k + o) * in + c) * 9 + i];
      for (int i = 0; i < 6; ++i)
        for (int j = 0; j < 3; ++j)
          for (Index o = 0; o < panel; ++o)
            half[i][j][o] = g[i][0] * w[j][o] + g[i][1] * w[3 + j][o] + g[i][2] * w[6 + j][o];
      for (int i = 0; i < 6; ++i)
        for (int j = 0; j < 6; ++j) {
          float* to = u + ((k / panel * winograd_points + i * 6 + j) * in + c) * panel;
          for (Index o = 0; o < panel; ++o)
            to[o] = static_cast<float>(half[i][0][o] * g[j][0] + half[i][1][o] * g[j][1] + half[i][2][o] * g[j][2]);
        }
    }
}

#else

// Without registers for it this machine's direct convolution is the faster one.
int WinogradLanes() {
  return 0;
}
Index ChunkTiles(Index) {
  return 1;
}
void MakeV(const WinogradShape&, const WinogradChunk&, const float*, Index, Index, float*) {}
void MakeY(const WinogradShape&, const WinogradChunk&, const float*, const float*, const float*, Index, Index, float*,
           float*) {}
void MakeU(const float*, Index, Index, float*) {}

#endif

}  // namespace fovea::ops::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fovea::ops::cpu {
namespace {

HWY_EXPORT(WinogradLanes);
HWY_EXPORT(ChunkTiles);
HWY_EXPORT(MakeV);
HWY_EXPORT(MakeY);
HWY_EXPORT(MakeU);

class Conv2dWinograd final : public Kernel {
 public:
  explicit Conv2dWinograd(const Call& call) {
    const Shape &x = call.inputs[0].shape, &y = call.output.shape;
    const bool relu = call.as<Conv2d>().activation == "relu";
    shape_ = {x[0], x[1], y[1], x[2], x[3], (x[2] + 3) / 4, (x[3] + 3) / 4, call.inputs.size() > 3, relu};
    const Array& weights = call.constants[1];
    u_ = call.weights->get(weights.data(), "winograd", [&] {
      Array made = Array::empty({winograd_points * x[1] * y[1]}, DType::f32);
      HWY_DYNAMIC_DISPATCH(MakeU)(weights.span<float>().data(), y[1], x[1], made.span<float>().data());
      return made;
    });
    bias_ = call.constants[2];
  }

  int in_place() const override { return shape_.residual ? 3 : -1; }

  void run(Queue, std::span<const Array> inputs, const Array& output) override {
    if (shape_.residual && inputs[3].data() != output.data())
      std::memcpy(output.data(), inputs[3].data(), static_cast<std::size_t>(output.size()) * sizeof(float));
    const auto floats = [](const Array& array) { return reinterpret_cast<float*>(array.data()); };
    const Index block = onednn::channel_block(), panel = 2 * block, tiles = shape_.tiles();
    const Index most = std::min(HWY_DYNAMIC_DISPATCH(ChunkTiles)(shape_.in), tiles);
    // An odd number of cache lines between points keeps their streams out of each other's sets.
    const auto stride = [&](Index channels) { return (most * channels / 16 | 1) * 16; };
    WinogradChunk chunk{0, 0, stride(shape_.in), stride(panel)};
    const Index blocks = shape_.in / block, panels = shape_.out / panel;
    const int parts = static_cast<int>(std::min<Index>(usable_threads(), panels));
    thread_local Array v_scratch, m_scratch;
    float* v = reserve(v_scratch, winograd_points * chunk.v_stride);
    float* m = reserve(m_scratch, parts * winograd_points * chunk.m_stride);
    for (chunk.first = 0; chunk.first < tiles; chunk.first += most) {
      chunk.count = std::min(most, tiles - chunk.first);
      onednn::run_parts(parts, [&](int part) {
        HWY_DYNAMIC_DISPATCH(MakeV)
        (shape_, chunk, floats(inputs[0]), blocks * part / parts, blocks * (part + 1) / parts, v);
      });
      onednn::run_parts(parts, [&](int part) {
        const Index begin = panels * part / parts * panel, end = panels * (part + 1) / parts * panel;
        float* own = m + part * winograd_points * chunk.m_stride;
        HWY_DYNAMIC_DISPATCH(MakeY)(shape_, chunk, v, floats(u_), floats(bias_), begin, end, own, floats(output));
      });
    }
  }

 private:
  static float* reserve(Array& scratch, Index count) {
    if (scratch.size() < count) scratch = Array::empty({count}, DType::f32);
    return scratch.span<float>().data();
  }

  WinogradShape shape_;
  Array u_, bias_;
};

bool supports(const Call& call) {
  const Conv2d& p = call.as<Conv2d>();
  const Shape& w = call.inputs[1].shape;
  const int block = onednn::channel_block();
  return all_f32(call) && HWY_DYNAMIC_DISPATCH(WinogradLanes)() == block && p.stride == 1 && p.padding == 1 &&
         p.dilation == 1 && p.groups == 1 && p.activation != "relu6" && w[2] == 3 && w[3] == 3 &&
         w[0] % (2 * block) == 0 && w[1] % block == 0 && w[0] >= 32 && call.inputs[0].block == block &&
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
#endif
