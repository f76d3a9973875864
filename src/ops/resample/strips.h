#pragma once
#include "kernel/resample.h"

namespace fovea::ops {

inline constexpr Index strip_rows = 16;

// Narrowed rows that wait to be added up: row r lies at (r & mask) * row_elements.
inline Index ring_mask(const Taps& rows) {
  Index size = 1;
  while (size < rows.most + 2 * strip_rows) size *= 2;
  return size - 1;
}

}  // namespace fovea::ops
