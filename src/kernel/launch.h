#pragma once
#include "kernel/view.h"

// The two launch shapes. An op's file is compiled by the host compiler, where they are loops over the thread budget,
// and, when CUDA is on, again by nvcc, where they are kernels: one body, one arithmetic.
#if defined(__CUDACC__)
#include "kernel/launch_cuda.h"
#else
#include "kernel/launch_cpu.h"
#endif

namespace fovea {

// Halving tree over part[0..N): the result is in part[0], the same bits wherever it runs.
template <class Block, class T, int N, class Combine>
FOVEA_HD void tree_reduce(Block& block, T (&part)[N], Combine combine) {
  for (int half = N / 2; half > 0; half /= 2)
    block.lanes([&](int lane) {
      if (lane < half) part[lane] = combine(part[lane], part[lane + half]);
    });
}

}  // namespace fovea
