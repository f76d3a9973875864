// M = V * U at one point: tiles times channels by channels times output channels.
#if defined(FOVEA_OPS_WINOGRAD_MULTIPLY_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef FOVEA_OPS_WINOGRAD_MULTIPLY_INL_H
#undef FOVEA_OPS_WINOGRAD_MULTIPLY_INL_H
#else
#define FOVEA_OPS_WINOGRAD_MULTIPLY_INL_H
#endif

#include <hwy/cache_control.h>
#include <hwy/highway.h>

#include <array>
#include <utility>

#include "ops/winograd/transform-inl.h"

HWY_BEFORE_NAMESPACE();
namespace fovea::ops::winograd::HWY_NAMESPACE {

// Tiles whose accumulators, with the weights and a factor beside them, fit the registers.
constexpr int most_rows = HWY_TARGET == HWY_AVX2 ? 6 : 14;

// Into the second-level cache.
HWY_INLINE void FetchAhead(const float* at) {
  __builtin_prefetch(at, 0, 2);
}

// m[tile][panel] = sum over k of v[k / lanes][tile][k % lanes] * u[k][panel] in the order of k, for Rows tiles of the
// v_step / lanes that a block of V has. Meanwhile fetches `Lines` cache lines of `next` for each k.
template <int Rows, int Lines>
void Multiply(const float* v, Index v_step, const float* u, Index terms, float* m, const float* next) {
  const D d;
  Vector low[Rows], high[Rows];
#pragma GCC unroll 16
  for (int r = 0; r < Rows; ++r) low[r] = high[r] = hn::Zero(d);
  for (Index first = 0; first < terms; first += lanes, v += v_step) {
    const Index count = terms - first < lanes ? terms - first : lanes;
    for (Index k = 0; k < count; ++k, u += panel) {
      const Vector w0 = hn::Load(d, u), w1 = hn::Load(d, u + lanes);
#pragma GCC unroll 16
      for (int r = 0; r < Rows; ++r) {
        const Vector x = hn::Set(d, v[r * lanes + k]);
        low[r] = hn::MulAdd(x, w0, low[r]);
        high[r] = hn::MulAdd(x, w1, high[r]);
      }
      if constexpr (Lines > 0) FetchAhead(next);
      if constexpr (Lines > 1) FetchAhead(next + 16);
      next += 16 * Lines;
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < Rows; ++r) {
    hn::Store(low[r], d, m + r * panel);
    hn::Store(high[r], d, m + r * panel + lanes);
  }
}

using MultiplyRows = void (*)(const float*, Index, const float*, Index, float*, const float*);
template <int Lines, int... I>
constexpr auto TableOf(std::integer_sequence<int, I...>) {
  return std::array<MultiplyRows, sizeof...(I) + 1>{nullptr, Multiply<I + 1, Lines>...};
}
constexpr std::array<std::array<MultiplyRows, most_rows + 1>, 3> multiply_rows = {
    TableOf<0>(std::make_integer_sequence<int, most_rows>()), TableOf<1>(std::make_integer_sequence<int, most_rows>()),
    TableOf<2>(std::make_integer_sequence<int, most_rows>())};

// The range's part of each block of tiles, as `v` has them, for one panel. The panel that is read next is fetched
// meanwhile, spread over this one's work.
HWY_INLINE void MultiplyRange(const Chunk& chunk, const Block& range, const float* v, Index channels, const float* u,
                              Index terms, float* m, bool ahead) {
  const float* next = u + terms * panel;
  const int lines = ahead ? (chunk.blocks.size() > 1 ? 1 : 2) * static_cast<int>(panel) / 32 : 0;
  Index fetched = ahead ? 0 : terms * panel;
  for (const Block& block : chunk.blocks) {
    const Index first = range.first > block.first ? range.first : block.first;
    const Index end =
        range.first + range.count < block.first + block.count ? range.first + range.count : block.first + block.count;
    if (first >= end) continue;
    const int now = fetched < terms * panel ? lines : 0;
    multiply_rows[static_cast<std::size_t>(now)][static_cast<std::size_t>(end - first)](
        v + block.first * channels + (first - block.first) * lanes, block.count * lanes, u, terms, m + first * panel,
        next + fetched);
    fetched += terms * now * 16;
  }
}

}  // namespace fovea::ops::winograd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
