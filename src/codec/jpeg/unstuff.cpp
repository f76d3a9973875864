#include "codec/jpeg/unstuff.h"

#if defined(__x86_64__)
#include <immintrin.h>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vbmi2,popcnt"))), apply_to = function)
#else
#pragma GCC diagnostic ignored "-Wuninitialized"  // in GCC's own intrinsics (GCC bug 105593)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vbmi2,popcnt")
#endif

namespace fovea::codec::jpeg {
namespace {

constexpr std::ptrdiff_t vector = 64;

Unstuffed unstuff_vectors(Unstuffed at, const std::uint8_t* end, const std::uint8_t* full) {
  std::uint64_t behind = 0;  // 1: the next byte is a stuffed zero
  while (end - at.from > vector && full - at.to >= vector) {
    const __m512i bytes = _mm512_loadu_si512(at.from), next = _mm512_loadu_si512(at.from + 1);
    const std::uint64_t ff = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(-1));
    if (ff & _mm512_test_epi8_mask(next, next)) break;
    const std::uint64_t kept = ~(ff << 1 | behind);
    _mm512_storeu_si512(at.to, _mm512_maskz_compress_epi8(kept, bytes));
    at.to += _mm_popcnt_u64(kept);
    at.from += vector;
    behind = ff >> 63;
  }
  return {at.from + behind, at.to};
}

}  // namespace

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

Unstuffed unstuff(Unstuffed at, const std::uint8_t* end, const std::uint8_t* full) {
  static const bool instructions =
      __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi2");
  return instructions ? unstuff_vectors(at, end, full) : at;
}

}  // namespace fovea::codec::jpeg

#else

namespace fovea::codec::jpeg {

Unstuffed unstuff(Unstuffed at, const std::uint8_t*, const std::uint8_t*) {
  return at;
}

}  // namespace fovea::codec::jpeg

#endif
