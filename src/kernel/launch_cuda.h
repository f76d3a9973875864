#pragma once
#include <cuda_runtime.h>

#include "kernel/view.h"

namespace fovea {

inline cudaStream_t cuda_stream(Queue queue) {
  return static_cast<cudaStream_t>(queue.stream);
}

template <int N>
struct Extent {
  Index of[N];
};

template <int N, class Body>
__global__ void for_each_kernel(Extent<N> extent, Index count, Body body) {
  const Index stride = static_cast<Index>(gridDim.x) * blockDim.x;
  for (Index n = static_cast<Index>(blockIdx.x) * blockDim.x + threadIdx.x; n < count; n += stride) {
    Index at[N], rest = n;
    for (int k = N - 1; k >= 0; --k) {
      at[k] = rest % extent.of[k];
      rest /= extent.of[k];
    }
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
  if (count == 0) return;
  constexpr int threads = 256;
  const Index blocks = (count + threads - 1) / threads;
  constexpr Index most = 1 << 20;
  for_each_kernel<N>
      <<<static_cast<unsigned>(blocks < most ? blocks : most), threads, 0, cuda_stream(queue)>>>(e, count, body);
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

template <int N, class Body>
__global__ void for_blocks_kernel(Body body) {
  __shared__ typename Body::Shared shared;
  Block<N> block{static_cast<Index>(blockIdx.x)};
  body(block, shared);
}

template <int N, class Body>
void for_blocks(Queue queue, Index blocks, const Body& body) {
  if (blocks > 0) for_blocks_kernel<N><<<static_cast<unsigned>(blocks), N, 0, cuda_stream(queue)>>>(body);
}

}  // namespace fovea
