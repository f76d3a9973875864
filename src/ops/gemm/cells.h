#pragma once
#include <immintrin.h>

#include <cstring>

#include "base/half.h"
#include "ops/gemm/gemm.h"

// Panels for instructions that add up dot products of cells: 4 successive bytes or 2 successive 16-bit floats.
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl")
#endif

namespace fovea::ops::gemm {

constexpr int cell_columns = 32;

// A cell of `count` terms from elements of Size bytes `stride` bytes apart, the rest zeros; Flip turns signs.
template <Index Size, std::uint32_t Flip>
std::uint32_t cell(const std::byte* from, Index stride, Index count) {
  std::uint32_t value = 0;
  if (stride == Size && count >= 4 / Size) {
    std::memcpy(&value, from, 4);
    return value ^ Flip;
  }
  for (Index k = 0; k < count && k < 4 / Size; ++k) {
    std::uint32_t element = 0;
    std::memcpy(&element, from + k * stride, Size);
    value |= (element ^ (Flip & (Size == 1 ? 0xFFu : 0xFFFFu))) << (8 * Size * k);
  }
  return value;
}

// 4 rows of 32 bytes, interleaved by bytes.
template <std::uint32_t Flip>
void interleave_bytes(const std::byte* from, Index row, char* to) {
  const auto load = [&](Index k) {
    return _mm256_xor_si256(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + k * row)),
                            _mm256_set1_epi32(static_cast<int>(Flip)));
  };
  const __m256i r0 = load(0), r1 = load(1), r2 = load(2), r3 = load(3);
  const __m256i t0 = _mm256_unpacklo_epi8(r0, r1), t1 = _mm256_unpackhi_epi8(r0, r1), t2 = _mm256_unpacklo_epi8(r2, r3),
                t3 = _mm256_unpackhi_epi8(r2, r3);
  const __m256i u0 = _mm256_unpacklo_epi16(t0, t2), u1 = _mm256_unpackhi_epi16(t0, t2),
                u2 = _mm256_unpacklo_epi16(t1, t3), u3 = _mm256_unpackhi_epi16(t1, t3);
  auto* out = reinterpret_cast<__m256i*>(to);
  _mm256_storeu_si256(out, _mm256_permute2x128_si256(u0, u1, 0x20));
  _mm256_storeu_si256(out + 1, _mm256_permute2x128_si256(u2, u3, 0x20));
  _mm256_storeu_si256(out + 2, _mm256_permute2x128_si256(u0, u1, 0x31));
  _mm256_storeu_si256(out + 3, _mm256_permute2x128_si256(u2, u3, 0x31));
}

// 2 rows of 32 16-bit values.
inline void interleave_halves(const std::byte* from, Index row, char* to) {
  auto* out = reinterpret_cast<__m256i*>(to);
  for (int half = 0; half < 2; ++half) {
    const __m256i r0 = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + 32 * half)),
                  r1 = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + row + 32 * half));
    const __m256i low = _mm256_unpacklo_epi16(r0, r1), high = _mm256_unpackhi_epi16(r0, r1);
    _mm256_storeu_si256(out + 2 * half, _mm256_permute2x128_si256(low, high, 0x20));
    _mm256_storeu_si256(out + 2 * half + 1, _mm256_permute2x128_si256(low, high, 0x31));
  }
}

template <Index Size, std::uint32_t Flip>
void pack_b(Matrix b, Index columns, Index depth, Index padded, void* panel) {
  auto* to = static_cast<std::uint32_t*>(panel);
  if (columns < cell_columns) std::memset(panel, 0, static_cast<std::size_t>(cell_columns * padded * Size));
  constexpr Index group = 4 / Size;
  Index k = 0;
  if (columns == cell_columns && b.column == Size) {
    for (; k + group <= depth; k += group, to += cell_columns)
      if constexpr (Size == 1)
        interleave_bytes<Flip>(b.data + k * b.row, b.row, reinterpret_cast<char*>(to));
      else
        interleave_halves(b.data + k * b.row, b.row, reinterpret_cast<char*>(to));
  }
  for (; k < depth; k += group, to += cell_columns)
    for (Index j = 0; j < columns; ++j) to[j] = cell<Size, Flip>(b.data + k * b.row + j * b.column, b.row, depth - k);
  for (; k < padded; k += group, to += cell_columns) std::memset(to, 0, 4 * cell_columns);
}

inline void finish_bf16(const void* sums, Index count, void* result) {
  const auto* from = static_cast<const float*>(sums);
  auto* to = static_cast<std::uint16_t*>(result);
  for (Index i = 0; i < count; ++i) to[i] = f32_to_bf16(from[i]);
}

}  // namespace fovea::ops::gemm

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
