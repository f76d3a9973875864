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
[[gnu::always_inline]] inline void add_dot(__m512i& sum, __m512i samples, __m512i digits) {
  asm("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(samples), "v"(digits));
}

[[gnu::always_inline]] inline __m512i load(const void* from) {
  return _mm512_loadu_si512(from);
}

// Rows of a group at its windows.
struct GroupRows {
  const std::uint8_t* first[4];
  Index to_second;
  __m512i picks;
  __mmask64 from_second;
};

template <int Windows>
[[gnu::always_inline]] inline __m512i pick(const GroupRows& rows, int r, Index at) {
  const __m512i bytes = _mm512_permutexvar_epi8(rows.picks, load(rows.first[r] + at));
  if constexpr (Windows == 1) return bytes;
  return _mm512_mask_permutexvar_epi8(bytes, rows.from_second, rows.picks, load(rows.first[r] + (at + rows.to_second)));
}

template <Index Bytes>
[[gnu::always_inline]] inline __m512i load_digits(const std::uint8_t* digits) {
  if constexpr (Bytes == 64) return load(digits);
  return _mm512_broadcast_i32x4(_mm_loadu_si128(reinterpret_cast<const __m128i*>(digits)));
}

[[gnu::always_inline]] inline __m512i clamped(__m512i sum) {
  return _mm512_min_epi32(_mm512_max_epi32(sum, _mm512_setzero_si512()),
                          _mm512_set1_epi32((256 << Taps::fixed_bits) - 1));
}

// The bytes at bit fixed_bits of four words, in one.
[[gnu::always_inline]] inline __m512i joined(const __m512i (&v)[4]) {
  static_assert(Taps::fixed_bits == 22);
  constexpr int a_or_b_and_c = 0xF8;
  __m512i word = _mm512_srli_epi32(v[0], 22);
  word = _mm512_ternarylogic_epi32(word, _mm512_srli_epi32(v[1], 14), _mm512_set1_epi32(0xff00), a_or_b_and_c);
  word = _mm512_ternarylogic_epi32(word, _mm512_srli_epi32(v[2], 6), _mm512_set1_epi32(0xff0000), a_or_b_and_c);
  return _mm512_ternarylogic_epi32(word, _mm512_slli_epi32(v[3], 2), _mm512_set1_epi32(static_cast<int>(0xff000000u)),
                                   a_or_b_and_c);
}

constexpr int half = 1 << (Taps::fixed_bits - 1 - 16);  // of the last place, in units of the highest digit

template <int Windows, Index Bytes>
[[gnu::always_inline]] inline void sum_one_step(const GroupRows& rows, const std::uint8_t* digits, __m512i (&sum)[4]) {
  const __m512i low = load_digits<Bytes>(digits), middle = load_digits<Bytes>(digits + Bytes),
                high = load_digits<Bytes>(digits + 2 * Bytes);
#pragma GCC unroll 4
  for (int r = 0; r < 4; ++r) {
    const __m512i x = pick<Windows>(rows, r, 0);
    __m512i s = _mm512_set1_epi32(half);
    add_dot(s, x, high);
    s = _mm512_slli_epi32(s, 8);
    add_dot(s, x, middle);
    s = _mm512_slli_epi32(s, 8);
    add_dot(s, x, low);
    sum[r] = s;
  }
}

template <int Windows, Index Bytes>
[[gnu::always_inline]] inline void sum_steps(const GroupRows& rows, const std::uint8_t* digits, Index steps,
                                             Index stride, __m512i (&sum)[4]) {
  __m512i low[4], middle[4], high[4];
#pragma GCC unroll 4
  for (int r = 0; r < 4; ++r) {
    low[r] = middle[r] = _mm512_setzero_si512();
    high[r] = _mm512_set1_epi32(half);
  }
  for (Index s = 0; s < steps; ++s, digits += 3 * Bytes) {
    const __m512i d0 = load_digits<Bytes>(digits), d1 = load_digits<Bytes>(digits + Bytes),
                  d2 = load_digits<Bytes>(digits + 2 * Bytes);
#pragma GCC unroll 4
    for (int r = 0; r < 4; ++r) {
      const __m512i x = pick<Windows>(rows, r, s * stride);
      add_dot(low[r], x, d0);
      add_dot(middle[r], x, d1);
      add_dot(high[r], x, d2);
    }
  }
#pragma GCC unroll 4
  for (int r = 0; r < 4; ++r) {
    const __m512i upper = _mm512_add_epi32(middle[r], _mm512_slli_epi32(high[r], 8));
    sum[r] = _mm512_add_epi32(low[r], _mm512_slli_epi32(upper, 8));
  }
}

// Fetches what the next block's group will take.
[[gnu::always_inline]] inline void fetch(const GroupRows& rows, Index ahead, Index bytes) {
  for (Index at = ahead; at < ahead + bytes; at += 64)
    for (int r = 0; r < 4; ++r) _mm_prefetch(rows.first[r] + at, _MM_HINT_T0);
}

// `Places` words of each channel and those behind them, which the next group overwrites. No more than that, for stores
// that cross a cache line are slow.
template <int Channels, int Places>
[[gnu::always_inline]] inline void store(__m512i words, std::uint32_t* to, Index pitch) {
  if constexpr (Channels == 1) {
    _mm512_storeu_si512(to, words);
  } else if constexpr (Places == 4) {
    const auto put = [&](Index c, __m128i four) { _mm_storeu_si128(reinterpret_cast<__m128i*>(to + c * pitch), four); };
    put(0, _mm512_castsi512_si128(words));
    put(1, _mm512_extracti32x4_epi32(words, 1));
    put(2, _mm512_extracti32x4_epi32(words, 2));
    if constexpr (Channels == 4) put(3, _mm512_extracti32x4_epi32(words, 3));
  } else {
    const auto put = [&](Index c, __m512i v) {
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + c * pitch), _mm512_castsi512_si256(v));
    };
    put(0, words);
    put(1, _mm512_alignr_epi32(words, words, Places));
    put(2, _mm512_alignr_epi32(words, words, 2 * Places));
  }
}

template <int Channels, int Windows, Index Bytes, bool One>
void sum_groups(const AcrossTaps& taps, const BlockRows& rows, std::uint32_t* block, Index pitch) {
  constexpr int places = Bytes == 16 ? 4 : 16 / Channels;
  const std::size_t count = taps.groups.size();
  const Index steps = taps.steps;
  const bool clamp = taps.clamp;
  const std::uint8_t* digits = taps.digits.data()->byte;
  for (std::size_t g = 0; g < count; ++g, digits += 3 * steps * Bytes) {
    const AcrossTaps::Group& group = taps.groups[g];
    const std::uint8_t* const* row = rows.row;
    const Index from = group.window[0];
    const GroupRows at{{row[0] + from, row[1] + from, row[2] + from, row[3] + from},
                       group.window[1] - from,
                       load(&taps.picks[g]),
                       group.second};
    if (rows.ahead) fetch(at, rows.ahead, g + 1 < count ? (&group)[1].window[0] - from : 64 * Windows);
    __m512i sum[4];
    if constexpr (One)
      sum_one_step<Windows, Bytes>(at, digits, sum);
    else
      sum_steps<Windows, Bytes>(at, digits, steps, 4 * Channels, sum);
    if (clamp)
      for (__m512i& s : sum) s = clamped(s);
    store<Channels, places>(joined(sum), block + group.first, pitch);
  }
}

using Sums = void (*)(const AcrossTaps&, const BlockRows&, std::uint32_t*, Index);

template <int Channels, Index Bytes>
Sums sums_of(const AcrossTaps& taps) {
  const bool one = taps.steps == 1;
  if (taps.windows == 1) return one ? sum_groups<Channels, 1, Bytes, true> : sum_groups<Channels, 1, Bytes, false>;
  return one ? sum_groups<Channels, 2, Bytes, true> : sum_groups<Channels, 2, Bytes, false>;
}

}  // namespace

void across(const AcrossTaps& taps, const BlockRows& rows, std::uint32_t* block, Index pitch) {
  const Sums sums = taps.channels == 1       ? sums_of<1, 64>(taps)
                    : taps.channels == 4     ? sums_of<4, 16>(taps)
                    : taps.digit_bytes == 16 ? sums_of<3, 16>(taps)
                                             : sums_of<3, 64>(taps);
  sums(taps, rows, block, pitch);
}

}  // namespace fovea::ops::vnni

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
