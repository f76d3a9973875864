// Tiles of 3x3 windows of stride 2. An axis of `Tile` outputs has the Tile + 1 points of F(Tile, 2), which its even
// inputs go to, and then its odd inputs as they are; both ways, it is points that are summed over channels.
#if defined(FOVEA_OPS_WINOGRAD_STRIDED_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef FOVEA_OPS_WINOGRAD_STRIDED_INL_H
#undef FOVEA_OPS_WINOGRAD_STRIDED_INL_H
#else
#define FOVEA_OPS_WINOGRAD_STRIDED_INL_H
#endif

#include "ops/winograd/transform-inl.h"

HWY_BEFORE_NAMESPACE();
namespace fovea::ops::winograd::HWY_NAMESPACE {

template <int Tile, int Outputs>
void StridedPassIn(const Lines& from, const Lines& to, int count) {
  const D d;
  for (int c = 0; c < count; ++c) {
    const float* x = from.at + c * from.next;
    float* points = to.at + c * to.next;
    AxisIn<Tile + 1, Outputs + 1>(Strided{x, 2 * from.stride}, points, to.stride);
#pragma GCC unroll 4
    for (int k = 0; k < Outputs; ++k)
      hn::Store(hn::Load(d, x + (2 * k + 1) * from.stride), d, points + (Tile + 1 + k) * to.stride);
  }
}

template <int Tile, int Outputs>
void StridedPassOut(const Lines& from, const Lines& to, int count) {
  const D d;
  for (int c = 0; c < count; ++c) {
    const float* m = from.at + c * from.next;
    Vector x[Outputs + 1], y[Outputs];
#pragma GCC unroll 8
    for (int k = 0; k <= Outputs; ++k) x[k] = hn::Load(d, m + k * from.stride);
    AxisOut<Tile + 1, Outputs + 1, Outputs>(x, y);
#pragma GCC unroll 4
    for (int k = 0; k < Outputs; ++k)
      hn::Store(hn::Add(y[k], hn::Load(d, m + (Tile + 1 + k) * from.stride)), d, to.at + c * to.next + k * to.stride);
  }
}

// By the number of outputs.
template <int Tile>
struct StridedPasses {
  template <int... I>
  static constexpr auto In(std::integer_sequence<int, I...>) {
    return std::array<Pass, Tile + 1>{nullptr, StridedPassIn<Tile, I + 1>...};
  }
  template <int... I>
  static constexpr auto Out(std::integer_sequence<int, I...>) {
    return std::array<Pass, Tile + 1>{nullptr, StridedPassOut<Tile, I + 1>...};
  }
  static constexpr auto in = In(std::make_integer_sequence<int, Tile>());
  static constexpr auto out = Out(std::make_integer_sequence<int, Tile>());
};

// x + i * row + j * lanes to to + (i * points + j) * step.
template <int Tile>
HWY_NOINLINE void StridedTileIn(const winograd::Tile& tile, const float* x, Index row, float* to, Index step) {
  constexpr Index points = 2 * Tile + 1, line = points * lanes;
  alignas(64) float half[points * line];
  const auto rows = static_cast<std::size_t>(tile.rows), columns = static_cast<std::size_t>(tile.columns);
  StridedPasses<Tile>::in[rows]({const_cast<float*>(x), row, lanes}, {half, line, lanes}, 2 * tile.columns + 1);
  const Pass across = StridedPasses<Tile>::in[columns];
  across({half, lanes, line}, {to, step, points * step}, tile.rows + 1);
  across({half + (Tile + 1) * line, lanes, line}, {to + (Tile + 1) * points * step, step, points * step}, tile.rows);
}

template <int Tile>
HWY_NOINLINE void StridedTileOut(const winograd::Tile& tile, const float* m, Index step, const Finish& finish) {
  constexpr Index points = 2 * Tile + 1, line = points * lanes;
  alignas(64) float half[Tile * line];
  const auto rows = static_cast<std::size_t>(tile.rows), columns = static_cast<std::size_t>(tile.columns);
  float* from = const_cast<float*>(m);
  const Pass down = StridedPasses<Tile>::out[rows];
  down({from, points * step, step}, {half, line, lanes}, tile.columns + 1);
  down({from + (Tile + 1) * step, points * step, step}, {half + (Tile + 1) * lanes, line, lanes}, tile.columns);
  const Lines whole{half, lanes, line};
  StridedPasses<Tile>::out[columns](whole, whole, tile.rows);
  for (int i = 0; i < tile.rows; ++i)
    for (int j = 0; j < tile.columns; ++j) finish.put(hn::Load(D(), half + i * line + j * lanes), i, j);
}

}  // namespace fovea::ops::winograd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
