#pragma once
#include <cuda_runtime.h>

#include <type_traits>

#include "kernel/cuda_error.h"
#include "kernel/grid.h"
#include "kernel/view.h"

namespace fovea {

inline cudaStream_t cuda_stream(Queue queue) {
  return static_cast<cudaStream_t>(queue.stream);
}

// Throws Error(device) when the kernel cannot be launched. What a kernel meets while it runs is the stream's to report.
template <class... P>
void launch(void (*kernel)(P...), Index blocks, int lanes, Queue queue, std::type_identity_t<P>... parameters) {
  void* pointers[] = {&parameters...};
  check_cuda(cudaLaunchKernel(reinterpret_cast<const void*>(kernel), dim3(static_cast<unsigned>(blocks)),
                              dim3(static_cast<unsigned>(lanes)), pointers, 0, cuda_stream(queue)),
             "kernel: a launch");
}

template <int N>
struct Extent {
  Index of[N];
};

// A lane's elements lie a grid apart, so any count is covered by any number of blocks. (Written out: as functions of
// grid.h these two lines take four registers more.)
template <int N, class Body>
__global__ void for_each_kernel(Extent<N> extent, Index count, Body body) {
  const Index stride = static_cast<Index>(gridDim.x) * blockDim.x;
  for (Index n = static_cast<Index>(blockIdx.x) * blockDim.x + threadIdx.x; n < count; n += stride) {
    Index at[N];
    unravel(n, extent.of, at);
    if constexpr (N == 1) body(at[0]);
    if constexpr (N == 2) body(at[0], at[1]);
    if constexpr (N == 3) body(at[0], at[1], at[2]);
    if constexpr (N == 4) body(at[0], at[1], at[2], at[3]);
  }
}

template <int N, class Body>
void for_each(Queue queue, const Index (&extent)[N], const Body& body) {
  Extent<N> e;
  Index count = 1;
  for (int k = 0; k < N; ++k) count *= e.of[k] = extent[k];
  if (count > 0) launch(for_each_kernel<N, Body>, for_each_blocks(count), for_each_lanes, queue, e, count, body);
}

template <int N>
struct Block {
  Index index;

  template <class F>
  FOVEA_HD void lanes(F f) {
#if defined(__CUDA_ARCH__)
    f(static_cast<int>(threadIdx.x));
    __syncthreads();
#else
    for (int lane = 0; lane < N; ++lane) f(lane);
#endif
  }
};

template <class T, int N>
struct PerLane {
#if defined(__CUDA_ARCH__)
  T value;
  FOVEA_HD T& operator[](int) {
    return value;
  }
#else
  T value[N];
  FOVEA_HD T& operator[](int lane) {
    return value[lane];
  }
#endif
};

// Every body ends in a barrier, that of its last lanes(), so the next turn may write to the shared memory.
template <int N, class Body>
__global__ void for_blocks_kernel(Index blocks, Body body) {
  __shared__ typename Body::Shared shared;
  for (Index i = blockIdx.x; i < blocks; i += gridDim.x) {
    Block<N> block{i};
    body(block, shared);
  }
}

template <int N, class Body>
void for_blocks(Queue queue, Index blocks, const Body& body) {
  if (blocks > 0) launch(for_blocks_kernel<N, Body>, for_blocks_blocks(blocks), N, queue, blocks, body);
}

}  // namespace fovea
