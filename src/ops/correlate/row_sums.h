#pragma once
#include <cstdint>

#include "kernel/view.h"

namespace fovea::ops {

inline constexpr Index rows_at_once = 4;

// What one call of row_sums computes: for r in 0..count-1 and x in 0..width-1
//   out[r * out_stride + x] = sum over i, j of taps[i * kw + j] * rows[r + i][x + j * step].
// Reads rows[q] up to width + (kw - 1) * step, or to one vector (64 bytes) where that is more.
template <class W>
struct RowSums {
  const W* const* rows;
  Index count, width;
  const W* taps;
  Index kh, kw, step;
  W* out;
  Index out_stride;
};

// W: float, double, std::uint16_t, std::uint32_t. Every element's sum is made in the order of the taps.
template <class W>
void row_sums(const RowSums<W>&);

}  // namespace fovea::ops
