#if defined(__x86_64__)
#include <immintrin.h>

#include "ops/prepare/vnni.h"

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vbmi,avx512vbmi2,avx512vnni"))), \
                             apply_to = function)
#else
#pragma GCC diagnostic ignored "-Wuninitialized"  // in GCC's own intrinsics (GCC bug 105593)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vbmi,avx512vbmi2,avx512vnni")
#endif

namespace fovea::ops::vnni {
namespace {

// g++ 12 moves accumulators about if it is told by an intrinsic.
__m512i dot(__m512i sum, __m512i samples, __m512i digits) {
  asm("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(samples), "v"(digits));
  return sum;
}

__m512i load(const void* from) {
  return _mm512_loadu_si512(from);
}

template <int Window>
__m512i pick(const std::uint8_t* window, __m512i picks) {
  if constexpr (Window == 64)
    return _mm512_permutexvar_epi8(picks, load(window));
  else
    return _mm512_permutex2var_epi8(load(window), picks, load(window + 64));
}

template <bool Clamp>
__m512i clamped(__m512i sum) {
  if constexpr (!Clamp) return sum;
  return _mm512_min_epi32(_mm512_max_epi32(sum, _mm512_setzero_si512()),
                          _mm512_set1_epi32((256 << Taps::fixed_bits) - 1));
}

// The bytes at bit fixed_bits of four words, in one.
__m512i joined(const __m512i (&v)[4]) {
  static_assert(Taps::fixed_bits == 22);
  constexpr int a_or_b_and_c = 0xF8;
  __m512i word = _mm512_srli_epi32(v[0], 22);
  word = _mm512_ternarylogic_epi32(word, _mm512_srli_epi32(v[1], 14), _mm512_set1_epi32(0xff00), a_or_b_and_c);
  word = _mm512_ternarylogic_epi32(word, _mm512_srli_epi32(v[2], 6), _mm512_set1_epi32(0xff0000), a_or_b_and_c);
  return _mm512_ternarylogic_epi32(word, _mm512_slli_epi32(v[3], 2), _mm512_set1_epi32(static_cast<int>(0xff000000u)),
                                   a_or_b_and_c);
}

constexpr int half = 1 << (Taps::fixed_bits - 1 - 16);  // of the last place, in units of the highest digit

template <int Window>
void sum_one_step(const std::uint8_t* const (&row)[4], __m512i picks, const ByteLine* digits, __m512i (&sum)[4]) {
  const __m512i low = load(digits), middle = load(digits + 1), high = load(digits + 2);
#pragma GCC unroll 4
  for (int r = 0; r < 4; ++r) {
    const __m512i x = pick<Window>(row[r], picks);
    const __m512i upper = dot(_mm512_slli_epi32(dot(_mm512_set1_epi32(half), x, high), 8), x, middle);
    sum[r] = dot(_mm512_slli_epi32(upper, 8), x, low);
  }
}

template <int Window>
void sum_steps(const std::uint8_t* const (&row)[4], __m512i picks, const ByteLine* digits, Index steps, Index stride,
               __m512i (&sum)[4]) {
  __m512i low[4], middle[4], high[4];
#pragma GCC unroll 4
  for (int r = 0; r < 4; ++r) {
    low[r] = middle[r] = _mm512_setzero_si512();
    high[r] = _mm512_set1_epi32(half);
  }
  for (Index s = 0; s < steps; ++s, digits += 3) {
    const __m512i d0 = load(digits), d1 = load(digits + 1), d2 = load(digits + 2);
#pragma GCC unroll 4
    for (int r = 0; r < 4; ++r) {
      const __m512i x = pick<Window>(row[r] + s * stride, picks);
      low[r] = dot(low[r], x, d0);
      middle[r] = dot(middle[r], x, d1);
      high[r] = dot(high[r], x, d2);
    }
  }
#pragma GCC unroll 4
  for (int r = 0; r < 4; ++r) {
    const __m512i upper = _mm512_add_epi32(middle[r], _mm512_slli_epi32(high[r], 8));
    sum[r] = _mm512_add_epi32(low[r], _mm512_slli_epi32(upper, 8));
  }
}

template <int Channels, int Window, bool One, bool Clamp>
void groups(const AcrossTaps& taps, const BlockRows& rows, std::uint32_t* block, Index pitch) {
  constexpr int places = 16 / Channels;
  const __m512i iota = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  const std::size_t count = taps.groups.size();
  const ByteLine* digits = taps.digits.data();
  for (std::size_t g = 0; g < count; ++g, digits += 3 * taps.steps) {
    const auto [offset, first] = taps.groups[g];
    const std::uint8_t* const row[4] = {rows.row[0] + offset, rows.row[1] + offset, rows.row[2] + offset,
                                        rows.row[3] + offset};
    if (rows.ahead) {
      const Index step = g + 1 < count ? taps.groups[g + 1].offset - offset : Window;
      for (Index at = rows.ahead; at < rows.ahead + step; at += 64)
        for (int r = 0; r < 4; ++r) _mm_prefetch(row[r] + at, _MM_HINT_T0);
    }
    const __m512i picks = load(&taps.picks[g]);
    __m512i sum[4];
    if constexpr (One)
      sum_one_step<Window>(row, picks, digits, sum);
    else
      sum_steps<Window>(row, picks, digits, taps.steps, 4 * Channels, sum);
#pragma GCC unroll 4
    for (int r = 0; r < 4; ++r) sum[r] = clamped<Clamp>(sum[r]);
    // Lanes behind the group's places are overwritten by the next group.
    const __m512i word = joined(sum);
    _mm512_storeu_si512(block + first, word);
#pragma GCC unroll 3
    for (int c = 1; c < Channels; ++c)
      _mm512_storeu_si512(block + c * pitch + first,
                          _mm512_permutexvar_epi32(_mm512_add_epi32(iota, _mm512_set1_epi32(c * places)), word));
  }
}

template <int Channels, int Window>
void groups_of(const AcrossTaps& taps, const BlockRows& rows, std::uint32_t* block, Index pitch) {
  const auto run = taps.steps == 1
                       ? taps.clamp ? groups<Channels, Window, true, true> : groups<Channels, Window, true, false>
                   : taps.clamp ? groups<Channels, Window, false, true>
                                : groups<Channels, Window, false, false>;
  run(taps, rows, block, pitch);
}

}  // namespace

void across(const AcrossTaps& taps, const BlockRows& rows, std::uint32_t* block, Index pitch) {
  const bool wide = taps.window == 128;
  const auto run = taps.channels == 1   ? wide ? groups_of<1, 128> : groups_of<1, 64>
                     : taps.channels == 3 ? wide ? groups_of<3, 128> : groups_of<3, 64>
                     : wide ? groups_of<4, 128>
                                        : groups_of<4, 64>;
  run(taps, rows, block, pitch);
}

}  // namespace fovea::ops::vnni

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
