#if defined(__x86_64__)
#include <immintrin.h>

#include <algorithm>
#include <cstring>

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

__m512i dot(__m512i sum, __m512i samples, __m512i digits) {
  asm("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(samples), "v"(digits));
  return sum;
}
__m512i dot(__m512i sum, __m512i samples, const std::int32_t* digits) {  // the same in each lane
  asm("vpdpbusd %2%{1to16%}, %1, %0" : "+v"(sum) : "v"(samples), "m"(*digits));
  return sum;
}

constexpr int half = 1 << (Taps::fixed_bits - 1 - 16);

template <bool Clamp>
__m512i clamped(__m512i sum) {
  if constexpr (!Clamp) return sum;
  return _mm512_min_epi32(_mm512_max_epi32(sum, _mm512_setzero_si512()),
                          _mm512_set1_epi32((256 << Taps::fixed_bits) - 1));
}

// Sums of one output row, whatever their number of taps.
struct FewTaps {
  FewTaps(const DownCall& call, Index place) {
    const DownTaps& taps = call.taps;
    const DownTaps::Place& at = taps.places[static_cast<std::size_t>(place)];
    upper = call.ring + (at.first & (taps.ring - 1)) * call.block_words;
    lower = call.ring + ((at.first + 1) & (taps.ring - 1)) * call.block_words;
    shift = _mm512_set1_epi32(at.shift);
    const std::int32_t* digits = &taps.digits[static_cast<std::size_t>(place * 3)];
    for (int d = 0; d < 3; ++d) digit[d] = _mm512_set1_epi32(digits[d]);
  }
  __m512i sum(Index x) const {
    const __m512i samples = _mm512_shrdv_epi32(_mm512_loadu_si512(upper + x), _mm512_loadu_si512(lower + x), shift);
    const __m512i high = dot(_mm512_set1_epi32(half), samples, digit[2]);
    const __m512i middle = dot(_mm512_slli_epi32(high, 8), samples, digit[1]);
    return dot(_mm512_slli_epi32(middle, 8), samples, digit[0]);
  }
  const std::uint32_t *upper, *lower;
  __m512i shift, digit[3];
};

struct ManyTaps {
  ManyTaps(const DownCall& the_call, Index place)
      : call(the_call),
        first(call.taps.places[static_cast<std::size_t>(place)].first),
        count(call.taps.places[static_cast<std::size_t>(place)].count),
        digits(&call.taps.digits[static_cast<std::size_t>(place * call.taps.steps * 3)]) {}
  __m512i sum(Index x) const {
    __m512i low = _mm512_setzero_si512(), middle = low, high = _mm512_set1_epi32(half);
    const Index mask = call.taps.ring - 1;
    for (Index k = 0; k < count; ++k) {
      const __m512i samples = _mm512_loadu_si512(call.ring + ((first + k) & mask) * call.block_words + x);
      low = dot(low, samples, digits + 3 * k);
      middle = dot(middle, samples, digits + 3 * k + 1);
      high = dot(high, samples, digits + 3 * k + 2);
    }
    const __m512i upper = _mm512_add_epi32(middle, _mm512_slli_epi32(high, 8));
    return _mm512_add_epi32(low, _mm512_slli_epi32(upper, 8));
  }
  const DownCall& call;
  Index first, count;
  const std::int32_t* digits;
};

// (v / 255 - mean) / std for the byte v at bit fixed_bits. Four copies of v in a word are v * (2^32 - 1) / 255, and
// these rounded upwards are v / 255 * 2^32 rounded to nearest: what is cut off is positive and at least half of the
// last place.
class Normalizer {
 public:
  explicit Normalizer(const Normalization& n)
      : mean_(_mm512_set1_ps(-n.mean)),
        inverse_{_mm512_set1_ps(n.inverse_std[0]), _mm512_set1_ps(n.inverse_std[1])},
        table_(n.exact ? nullptr : n.table) {}

  __m512 fast(__m512i sum) const {
    static_assert(Taps::fixed_bits == 22);
    const __m512i copies = _mm512_multishift_epi64_epi8(_mm512_set1_epi64(0x3636363616161616), sum);
    const __m512 value = _mm512_cvt_roundepu32_ps(copies, _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC);
    const __m512 centred = _mm512_fmadd_ps(value, _mm512_set1_ps(0x1p-32f), mean_);
    return _mm512_fmadd_ps(centred, inverse_[0], _mm512_mul_ps(centred, inverse_[1]));
  }
  __m512 by_table(__m512i sum) const {
    return _mm512_i32gather_ps(_mm512_srli_epi32(sum, Taps::fixed_bits), table_, 4);
  }
  bool exact() const { return !table_; }

 private:
  __m512 mean_, inverse_[2];
  const float* table_;
};

template <class Sums, bool Clamp>
void row(const DownCall& call, Index place, float* out) {
  const Sums sums(call, place);
  const Index crop = call.crop;
  const __mmask16 rest = static_cast<__mmask16>((1u << crop % 16) - 1);
  for (const Normalization& n : call.normalization) {
    const Index channel = &n - call.normalization.data(), from = channel * call.pitch;
    float* to = out + channel * crop * crop;
    const Normalizer normalizer(n);
    Index x = 0;
    if (normalizer.exact())
#pragma GCC unroll 2
      for (; x + 16 <= crop; x += 16) _mm512_storeu_ps(to + x, normalizer.fast(clamped<Clamp>(sums.sum(from + x))));
    for (; x < crop; x += 16) {
      const __m512i sum = clamped<Clamp>(sums.sum(from + x));
      const __m512 value = normalizer.exact() ? normalizer.fast(sum) : normalizer.by_table(sum);
      _mm512_mask_storeu_ps(to + x, x + 16 <= crop ? __mmask16{0xffff} : rest, value);
    }
  }
}

}  // namespace

void down(const DownCall& call, Index place, float* out) {
  const auto run = call.taps.few     ? call.taps.clamp ? row<FewTaps, true> : row<FewTaps, false>
                       : call.taps.clamp ? row<ManyTaps, true>
                                     : row<ManyTaps, false>;
  run(call, place, out);
}

bool normalizes(const Normalization& n) {
  bool equal = true;
  for (int v = 0; v < 256; ++v) {
    float out[16];
    const unsigned sum = (static_cast<unsigned>(v) << Taps::fixed_bits) + 12345;
    _mm512_storeu_ps(out, Normalizer(n).fast(_mm512_set1_epi32(static_cast<int>(sum))));
    equal &= std::memcmp(out, &n.table[v], sizeof(float)) == 0;
  }
  return equal;
}

}  // namespace fovea::ops::vnni

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
