#include "ops/winograd/engine.h"

#include <algorithm>

#include "fovea/system.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/winograd/engine.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
#include "ops/winograd/multiply-inl.h"
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
  const Index reach = g.form.window - 1;
  float* to = patch;
  for (Index i = 0; i < tile.rows + reach; ++i)
    for (Index j = 0; j < tile.columns + reach; ++j, to += lanes) {
      const Index row = tile.row - g.padding + i, column = tile.column - g.padding + j;
      const bool inside = row >= 0 && row < g.height && column >= 0 && column < g.width;
      hn::Store(inside ? hn::Load(d, plane + (row * g.width + column) * lanes) : hn::Zero(d), d, to);
    }
  return patch;
}

template <int Points, int Window>
void Gather(const Geometry& g, const Layout& layout, const Chunk& chunk, const float* x, Index begin, Index end,
            float* v) {
  alignas(64) float patch[most_points * most_points * lanes];
  const Index blocks = (g.in + lanes - 1) / lanes, reach = g.form.window - 1;
  for (Index cb = begin; cb < end; ++cb)
    for (std::size_t t = 0; t < chunk.tiles.size(); ++t) {
      const Tile& tile = chunk.tiles[t];
      const float* plane = x + (tile.picture * blocks + cb) * g.height * g.width * lanes;
      const float* from = tile.inner ? plane + ((tile.row - g.padding) * g.width + tile.column - g.padding) * lanes
                                     : Padded(g, tile, plane, patch);
      const Index row = (tile.inner ? g.width : tile.columns + reach) * lanes;
      float* to = v + (tile.line * blocks + cb * tile.lines + static_cast<Index>(t) - tile.line) * lanes;
      if (tile.rows == g.form.tile && tile.columns == g.form.tile)
        WholeTileIn<Points>(from, row, to, layout.point_v);
      else
        ShortTileIn<Points, Window>(tile.rows + static_cast<int>(reach), tile.columns + static_cast<int>(reach), from,
                                    row, to, layout.point_v);
    }
}

void GatherChunk(const Geometry& g, const Layout& layout, const Chunk& chunk, const float* x, Index begin, Index end,
                 float* v) {
  switch (g.form.points()) {
    case 4:
      return Gather<4, 3>(g, layout, chunk, x, begin, end, v);
    case 6:
      return Gather<6, 3>(g, layout, chunk, x, begin, end, v);
    default:
      return Gather<8, 3>(g, layout, chunk, x, begin, end, v);
  }
}

template <int Tile, int Points>
void Scatter(const Geometry& g, const Layout& layout, const Chunk& chunk, const float* m, Index kb, Index blocks,
             const Operands& operands) {
  const D d;
  for (std::size_t t = 0; t < chunk.tiles.size(); ++t, m += panel) {
    const winograd::Tile& tile = chunk.tiles[t];
    for (Index half = 0; half < std::min<Index>(2, blocks - kb); ++half) {
      const Index at =
          (((tile.picture * blocks + kb + half) * g.out_height + tile.row) * g.out_width + tile.column) * lanes;
      const Finish finish{hn::LoadU(d, operands.bias + (kb + half) * lanes),
                          operands.residual ? operands.residual + at : nullptr, operands.y + at, g.out_width * lanes,
                          g.activation};
      if (tile.rows == Tile && tile.columns == Tile)
        WholeTileOut<Tile, Points>(m + half * lanes, layout.point_m, finish);
      else
        ShortTileOut<Tile, Points>(tile.rows, tile.columns, m + half * lanes, layout.point_m, finish);
    }
  }
}

void ScatterChunk(const Geometry& g, const Layout& layout, const Chunk& chunk, const float* m, Index kb, Index blocks,
                  const Operands& operands) {
  switch (g.form.tile) {
    case 2:
      return Scatter<2, 4>(g, layout, chunk, m, kb, blocks, operands);
    case 3:
      return Scatter<3, 6>(g, layout, chunk, m, kb, blocks, operands);
    case 4:
      return Scatter<4, 6>(g, layout, chunk, m, kb, blocks, operands);
    default:
      return Scatter<6, 8>(g, layout, chunk, m, kb, blocks, operands);
  }
}

void MultiplyChunk(const Geometry& g, const Layout& layout, const Chunk& chunk, const float* v, const float* u,
                   bool fetch, Index begin, Index end, float* m, const Operands& operands) {
  const Index blocks = (g.out + lanes - 1) / lanes, panels = (blocks + 1) / 2;
  const Index channels = (g.in + lanes - 1) / lanes * lanes;
  const int points = g.form.points();
  const int low_rows = points_of_rest(g.form, g.out_height), low_columns = points_of_rest(g.form, g.out_width);
  const Index panel_m = points * points * layout.point_m;
  for (Index group = begin; group < end; ++group) {
    const Index first = group * layout.group, count = std::min(layout.group, panels - first);
    const float* weights = u + first * points * points * g.in * panel;
    for (int p = 0; p < points * points; ++p)
      for (Index q = 0; q < count; ++q, weights += g.in * panel) {
        const int kind = 2 * (p / points >= low_rows) + (p % points >= low_columns);
        MultiplyRange(chunk, chunk.ranges[kind], v + p * layout.point_v, channels, weights, g.in,
                      m + q * panel_m + p * layout.point_m, fetch);
      }
    for (Index q = 0; q < count; ++q)
      ScatterChunk(g, layout, chunk, m + q * panel_m, 2 * (first + q), blocks, operands);
  }
}

void MakeWeights(const Geometry& g, Index group, const float* weights, Index begin, Index end, float* u) {
  const int taps = g.form.window, points = g.form.points();
  const Matrix matrix = weight_matrix(points, taps);
  const Index panels = ((g.out + lanes - 1) / lanes + 1) / 2;
  for (Index q = begin; q < end; ++q)
    for (Index c = 0; c < g.in; ++c) {
      double w[16][panel], half[most_points][4][panel];
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
  // With many channels the tiles of a point are read again from near for the panels of a group; as many groups as
  // threads, so that each has its own.
  const Index panels = ((g.out + lanes() - 1) / lanes() + 1) / 2;
  const Index group = g.in >= 256 ? std::clamp<Index>(panels / thread_budget().threads, 1, 4) : 1;
  return {odd_lines(chunk_tiles * channels), odd_lines(chunk_tiles * 2 * lanes()), group};
}

Index weights_size(const Geometry& g) {
  const Index panel = 2 * lanes();
  return g.form.points() * g.form.points() * g.in * ((g.out + panel - 1) / panel * panel);
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
