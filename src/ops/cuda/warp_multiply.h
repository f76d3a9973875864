#pragma once
#include <cstdint>
#include <type_traits>

#include "kernel/launch.h"

// For arrays that are to stay in registers.
#if defined(__CUDACC__)
#define FOVEA_UNROLL _Pragma("unroll")
#else
#define FOVEA_UNROLL
#endif

namespace fovea::ops::FOVEA_PASS {

inline constexpr int warp_lanes = 32;

struct alignas(16) Bytes16 {
  std::uint32_t word[4];
};

// 16 bytes of each lane of a warp: on a device the lane's own, on the host all of them, as the product needs them.
struct WarpBytes {
#if defined(__CUDA_ARCH__)
  Bytes16 own;
  template <class Load>
  FOVEA_HD WarpBytes(int lane, const Load& load) : own(load(lane % warp_lanes)) {}
#else
  Bytes16 of[warp_lanes];
  template <class Load>
  FOVEA_HD WarpBytes(int, const Load& load) {
    for (int lane = 0; lane < warp_lanes; ++lane) of[lane] = load(lane);
  }
#endif
};

template <class T>
FOVEA_HD std::int32_t byte_of(std::uint32_t word, int k) {
  return static_cast<T>(word >> 8 * k & 0xFF);
}

// Adds the products of 16 rows of X (u8 or i8) and 8 columns of i8, over half of the 64 bytes that each has. Lane
// 4 g + t holds bytes 16 t to 16 t + 15 of rows g (`top`) and 8 + g (`bottom`) and of column g; its sums are those of
// rows g, g, 8 + g, 8 + g and columns 2 t, 2 t + 1, 2 t, 2 t + 1. (PTX ISA, "Matrix fragments for mma.m16n8k32": its
// order of terms is another, the same on both sides.)
template <class X>
FOVEA_HD void multiply_add(int lane, const WarpBytes& top, const WarpBytes& bottom, const WarpBytes& columns, int half,
                           std::int32_t (&sums)[4]) {
  const int word = 2 * half;
#if defined(__CUDA_ARCH__)
  const std::uint32_t a[4] = {top.own.word[word], bottom.own.word[word], top.own.word[word + 1],
                              bottom.own.word[word + 1]};
  const std::uint32_t b[2] = {columns.own.word[word], columns.own.word[word + 1]};
  if constexpr (std::is_same_v<X, std::uint8_t>)
    asm volatile(
        "mma.sync.aligned.m16n8k32.row.col.s32.u8.s8.s32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
        "{%0, %1, %2, %3};"
        : "+r"(sums[0]), "+r"(sums[1]), "+r"(sums[2]), "+r"(sums[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
  else
    asm volatile(
        "mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
        "{%0, %1, %2, %3};"
        : "+r"(sums[0]), "+r"(sums[1]), "+r"(sums[2]), "+r"(sums[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#else
  const int group = lane % warp_lanes / 4, place = lane % 4;
  for (int i = 0; i < 4; ++i)
    for (int k = 0; k < 32; ++k) {
      const int holder = k % 16 / 4, register_of = word + k / 16;
      const Bytes16& row = (i < 2 ? top : bottom).of[4 * group + holder];
      const Bytes16& column = columns.of[4 * (2 * place + i % 2) + holder];
      sums[i] += byte_of<X>(row.word[register_of], k % 4) * byte_of<std::int8_t>(column.word[register_of], k % 4);
    }
#endif
}

}  // namespace fovea::ops::FOVEA_PASS
