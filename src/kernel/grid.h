#pragma once
#include "kernel/view.h"

// The arithmetic of CUDA's grids, apart from CUDA so that the host's tests can replay it.
namespace fovea {

inline constexpr Index most_cuda_blocks = 0x7FFFFFFF;  // of a grid's first axis
inline constexpr int for_each_lanes = 256;
inline constexpr Index most_for_each_blocks = Index{1} << 20;

// Blocks for one lane an element, if they are not too many; lanes then take turns.
inline Index for_each_blocks(Index count) {
  const Index blocks = (count - 1) / for_each_lanes + 1;
  return blocks < most_for_each_blocks ? blocks : most_for_each_blocks;
}

inline Index for_blocks_blocks(Index blocks) {
  return blocks < most_cuda_blocks ? blocks : most_cuda_blocks;
}

// at[] of the n-th element in row-major order.
template <int N>
FOVEA_HD void unravel(Index n, const Index (&extent)[N], Index (&at)[N]) {
  for (int k = N - 1; k >= 0; --k) {
    at[k] = n % extent[k];
    n /= extent[k];
  }
}

}  // namespace fovea
