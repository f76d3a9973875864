#include "ops/winograd/engine.h"

#include <algorithm>

#include "fovea/system.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/winograd/engine.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
#include "ops/winograd/multiply-inl.h"
#include "ops/winograd/strided-inl.h"
#include "ops/winograd/transform-inl.h"
#endif

HWY_BEFORE_NAMESPACE();
namespace fovea::ops::winograd::HWY_NAMESPACE {

#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL

Index Lanes() {
  return lanes;
}
Index MostBlock() {
  return most_rows;
}

// The tile's inputs with the padding around them.
const float* Padded(const Geometry& g, const Tile& tile, const float* plane, float* patch) {
  const D d;
  const Index first_row = tile.row * g.form.stride - g.padding, first_column = tile.column * g.form.stride - g.padding;
  const int rows = g.form.inputs(tile.rows), columns = g.form.inputs(tile.columns);
  float* to = patch;
  for (Index row = first_row; row < first_row + rows; ++row)
    for (Index column = first_column; column < first_column + columns; ++column, to += lanes) {
      const bool inside = row >= 0 && row < g.height && column >= 0 && column < g.width;
      hn::Store(inside ? hn::Load(d, plane + (row * g.width + column) * lanes) : hn::Zero(d), d, to);
    }
  return patch;
}

template <int Points, int Window>
void TileIn(const Tile& tile, const float* x, Index row, float* to, Index step) {
  constexpr int outputs = Points - Window + 1;
  if (tile.rows == outputs && tile.columns == outputs)
    WholeTileIn<Points>(x, row, to, step);
  else
    ShortTileIn<Points, Window>(tile.rows + Window - 1, tile.columns + Window - 1, x, row, to, step);
}

template <class In>
void Gather(const Geometry& g, const Layout& layout, const Chunk& chunk, const float* x, Index begin, Index end,
            float* v, const In& tile_in) {
  alignas(64) float patch[most_inputs * most_inputs * lanes];
  const Index blocks = (g.in + lanes - 1) / lanes;
  for (Index cb = begin; cb < end; ++cb)
    for (std::size_t t = 0; t < chunk.tiles.size(); ++t) {
      const Tile& tile = chunk.tiles[t];
      const float* plane = x + (tile.picture * blocks + cb) * g.height * g.width * lanes;
      const Index at = (tile.row * g.form.stride - g.padding) * g.width + tile.column * g.form.stride - g.padding;
      const float* from = tile.inner ? plane + at * lanes : Padded(g, tile, plane, patch);
      const Index row = (tile.inner ? g.width : g.form.inputs(tile.columns)) * lanes;
      float* to = v + (tile.line * blocks + cb * tile.lines + static_cast<Index>(t) - tile.line) * lanes;
      tile_in(tile, from, row, to, layout.point_v);
    }
}

void GatherChunk(const Geometry& g, const Layout& layout, const Chunk& chunk, const float* x, Index begin, Index end,
                 float* v) {
  const auto with = [&](const auto& tile_in) { Gather(g, layout, chunk, x, begin, end, v, tile_in); };
  if (g.form.stride == 2) return g.form.tile == 2 ? with(StridedTileIn<2>) : with(StridedTileIn<4>);
  switch (g.form.points()) {
    case 4:
      return with(TileIn<4, 3>);
    case 6:
      return g.form.window == 4 ? with(TileIn<6, 4>) : with(TileIn<6, 3>);
    default:
      return with(TileIn<8, 3>);
  }
}

template <int Tile, int Points>
void TileOut(const winograd::Tile& tile, const float* m, Index step, const Finish& finish) {
  if (tile.rows == Tile && tile.columns == Tile)
    WholeTileOut<Tile, Points>(m, step, finish);
  else
    ShortTileOut<Tile, Points>(tile.rows, tile.columns, m, step, finish);
}

template <class Out>
void Scatter(const Geometry& g, const Layout& layout, const Chunk& chunk, const float* m, Index kb, Index blocks,
             const Operands& operands, const Out& tile_out) {
  const D d;
  for (std::size_t t = 0; t < chunk.tiles.size(); ++t, m += panel) {
    const winograd::Tile& tile = chunk.tiles[t];
    for (Index half = 0; half < std::min<Index>(2, blocks - kb); ++half) {
      const Index at =
          (((tile.picture * blocks + kb + half) * g.out_height + tile.row) * g.out_width + tile.column) * lanes;
      const Finish finish{hn::LoadU(d, operands.bias + (kb + half) * lanes),
                          operands.residual ? operands.residual + at : nullptr, operands.y + at, g.out_width * lanes,
                          g.activation};
      tile_out(tile, m + half * lanes, layout.point_m, finish);
    }
  }
}

void ScatterChunk(const Geometry& g, const Layout& layout, const Chunk& chunk, const float* m, Index kb, Index blocks,
                  const Operands& operands) {
  const auto with = [&](const auto& tile_out) { Scatter(g, layout, chunk, m, kb, blocks, operands, tile_out); };
  if (g.form.stride == 2) return g.form.tile == 2 ? with(StridedTileOut<2>) : with(StridedTileOut<4>);
  switch (g.form.tile) {
    case 2:
      return with(TileOut<2, 4>);
    case 3:
      return with(TileOut<3, 6>);
    case 4:
      return with(TileOut<4, 6>);
    default:
      return with(TileOut<6, 8>);
  }
}

// M at all points that share weights (i, j).
void MultiplyPoints(const Geometry& g, const Layout& layout, const Chunk& chunk, int i, int j, const float* v,
                    const float* u, bool fetch, float* m) {
  const Index channels = (g.in + lanes - 1) / lanes * lanes;
  const int filtered = g.form.filtered(), points = g.form.points();
  for (int a = i; a < (i < filtered ? i + 1 : points); ++a)
    for (int b = j; b < (j < filtered ? j + 1 : points); ++b, fetch = false) {
      const int kind = 2 * rest_lacks(g.form, g.out_height, a) + rest_lacks(g.form, g.out_width, b), p = a * points + b;
      MultiplyRange(chunk, chunk.ranges[kind], v + p * layout.point_v, channels, u, g.in, m + p * layout.point_m,
                    fetch);
    }
}

void MultiplyChunk(const Geometry& g, const Layout& layout, const Chunk& chunk, const float* v, const float* u,
                   bool fetch, Index begin, Index end, float* m, const Operands& operands) {
  const Index blocks = (g.out + lanes - 1) / lanes, panels = (blocks + 1) / 2;
  const int kinds = g.form.weights();
  const Index panel_m = g.form.points() * g.form.points() * layout.point_m;
  for (Index group = begin; group < end; ++group) {
    const Index first = group * layout.group, count = std::min(layout.group, panels - first);
    const float* weights = u + first * kinds * kinds * g.in * panel;
    for (int k = 0; k < kinds * kinds; ++k)
      for (Index q = 0; q < count; ++q, weights += g.in * panel)
        MultiplyPoints(g, layout, chunk, k / kinds, k % kinds, v, weights, fetch, m + q * panel_m);
    for (Index q = 0; q < count; ++q)
      ScatterChunk(g, layout, chunk, m + q * panel_m, 2 * (first + q), blocks, operands);
  }
}

void MakeWeights(const Geometry& g, Index group, const float* weights, Index begin, Index end, float* u) {
  const int taps = g.form.window, points = g.form.weights();
  const Matrix matrix = g.form.stride == 2 ? strided_weight_matrix(g.form.filtered()) : weight_matrix(points, taps);
  const Index panels = ((g.out + lanes - 1) / lanes + 1) / 2;
  for (Index q = begin; q < end; ++q)
    for (Index c = 0; c < g.in; ++c) {
      double w[most_taps * most_taps][panel], half[most_points][most_taps][panel];
      for (Index o = 0; o < panel; ++o)
        for (int i = 0; i < taps * taps; ++i)
          w[i][o] = q * panel + o < g.out ? weights[((q * panel + o) * g.in + c) * taps * taps + i] : 0;
      for (int i = 0; i < points; ++i)
        for (int j = 0; j < taps; ++j)
          for (Index o = 0; o < panel; ++o) {
            double sum = 0;
            for (int k = 0; k < taps; ++k) sum += matrix.at[i][k] * w[k * taps + j][o];
            half[i][j][o] = sum;
          }
      const Index first = q / group * group, count = std::min(group, panels - first);
      for (int p = 0; p < points * points; ++p) {
        float* to = u + ((first * points * points + p * count + q - first) * g.in + c) * panel;
        for (Index o = 0; o < panel; ++o) {
          double sum = 0;
          for (int k = 0; k < taps; ++k) sum += half[p / points][k][o] * matrix.at[p % points][k];
          to[o] = static_cast<float>(sum);
        }
      }
    }
}

#else

Index Lanes() {
  return 0;
}
Index MostBlock() {
  return 0;
}
void GatherChunk(const Geometry&, const Layout&, const Chunk&, const float*, Index, Index, float*) {}
void MultiplyChunk(const Geometry&, const Layout&, const Chunk&, const float*, const float*, bool, Index, Index, float*,
                   const Operands&) {}
void MakeWeights(const Geometry&, Index, const float*, Index, Index, float*) {}

#endif

}  // namespace fovea::ops::winograd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fovea::ops::winograd {

HWY_EXPORT(Lanes);
HWY_EXPORT(MostBlock);
HWY_EXPORT(GatherChunk);
HWY_EXPORT(MultiplyChunk);
HWY_EXPORT(MakeWeights);

Index lanes() {
  return HWY_DYNAMIC_DISPATCH(Lanes)();
}

Index most_block() {
  return HWY_DYNAMIC_DISPATCH(MostBlock)();
}

Layout layout(const Geometry& g, Index chunk_tiles) {
  const auto odd_lines = [](Index floats) { return ((floats + 15) / 16 | 1) * 16; };
  const Index channels = (g.in + lanes() - 1) / lanes() * lanes();
  // Where U is large, the tiles of a point are read again from near for the panels of a group; as many groups as
  // threads, so that each has its own.
  const Index panels = ((g.out + lanes() - 1) / lanes() + 1) / 2, most = g.form.stride == 2 ? 2 : 4;
  const Index group = far_weights(g) ? std::clamp<Index>(panels / thread_budget().threads, 1, most) : 1;
  return {odd_lines(chunk_tiles * channels), odd_lines(chunk_tiles * 2 * lanes()), group};
}

Index weights_size(const Geometry& g) {
  const Index panel = 2 * lanes();
  return g.form.weights() * g.form.weights() * g.in * ((g.out + panel - 1) / panel * panel);
}

bool far_weights(const Geometry& g) {
  return g.in * g.out > 128 * 128;
}

void make_weights(const Geometry& g, Index group, const float* weights, Index begin, Index end, float* u) {
  HWY_DYNAMIC_DISPATCH(MakeWeights)(g, group, weights, begin, end, u);
}

void gather(const Geometry& g, const Layout& l, const Chunk& chunk, const float* x, Index begin, Index end, float* v) {
  HWY_DYNAMIC_DISPATCH(GatherChunk)(g, l, chunk, x, begin, end, v);
}

void multiply(const Geometry& g, const Layout& l, const Chunk& chunk, const float* v, const float* u, bool fetch,
              Index begin, Index end, float* m, const Operands& operands) {
  HWY_DYNAMIC_DISPATCH(MultiplyChunk)(g, l, chunk, v, u, fetch, begin, end, m, operands);
}

}  // namespace fovea::ops::winograd
#endif
