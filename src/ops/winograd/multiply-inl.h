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
// v_step / lanes that a block of V has; with Add, added to what m holds. Meanwhile fetches `Lines` cache lines of
// `next` for each k.
template <int Rows, int Lines, bool Add>
void Multiply(const float* v, Index v_step, const float* u, Index terms, float* m, const float* next) {
  const D d;
  Vector low[Rows], high[Rows];
#pragma GCC unroll 16
  for (int r = 0; r < Rows; ++r) {
    low[r] = Add ? hn::Load(d, m + r * panel) : hn::Zero(d);
    high[r] = Add ? hn::Load(d, m + r * panel + lanes) : hn::Zero(d);
  }
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
using MultiplyTable = std::array<MultiplyRows, most_rows + 1>;
template <int Lines, bool Add, int... I>
constexpr MultiplyTable TableOf(std::integer_sequence<int, I...>) {
  return {nullptr, Multiply<I + 1, Lines, Add>...};
}
template <int Lines, bool Add = false>
constexpr MultiplyTable multiply_rows = TableOf<Lines, Add>(std::make_integer_sequence<int, most_rows>());

// The range's part of a block of tiles: none if first >= end.
struct Part {
  Index first, end;
};
HWY_INLINE Part PartOf(const Block& range, const Block& block) {
  const Index end = range.first + range.count, block_end = block.first + block.count;
  return {range.first > block.first ? range.first : block.first, end < block_end ? end : block_end};
}

// The range's part of each block of tiles, as `v` has them, for one panel. The panel that is read next is fetched
// meanwhile, spread over this one's work.
HWY_INLINE void MultiplyRange(const Chunk& chunk, const Block& range, const float* v, Index channels, const float* u,
                              Index terms, float* m, bool ahead) {
  const float* next = u + terms * panel;
  const int lines = ahead ? (chunk.blocks.size() > 1 ? 1 : 2) * static_cast<int>(panel) / 32 : 0;
  Index fetched = ahead ? 0 : terms * panel;
  for (const Block& block : chunk.blocks) {
    const auto [first, end] = PartOf(range, block);
    if (first >= end) continue;
    const int now = fetched < terms * panel ? lines : 0;
    const MultiplyTable& table = now == 0 ? multiply_rows<0> : now == 1 ? multiply_rows<1> : multiply_rows<2>;
    table[static_cast<std::size_t>(end - first)](v + block.first * channels + (first - block.first) * lanes,
                                                 block.count * lanes, u, terms, m + first * panel, next + fetched);
    fetched += terms * now * 16;
  }
}

// The same for the terms from channel `from` on alone, the later ones added. Meanwhile fetches from `next` up to
// `last`.
HWY_INLINE void AddRange(const Chunk& chunk, const Block& range, const float* v, Index channels, Index from,
                         const float* u, Index terms, float* m, const float*& next, const float* last) {
  for (const Block& block : chunk.blocks) {
    const auto [first, end] = PartOf(range, block);
    if (first >= end) continue;
    const bool fetch = next < last;
    const MultiplyTable& table = from == 0 ? (fetch ? multiply_rows<1> : multiply_rows<0>)
                                           : (fetch ? multiply_rows<1, true> : multiply_rows<0, true>);
    table[static_cast<std::size_t>(end - first)](
        v + block.first * channels + from * block.count + (first - block.first) * lanes, block.count * lanes, u, terms,
        m + first * panel, next);
    if (fetch) next += 16 * terms;
  }
}

}  // namespace fovea::ops::winograd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
