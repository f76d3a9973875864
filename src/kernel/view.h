#pragma once
#include <cstdint>

#if defined(__CUDACC__)
#define FOVEA_HD __host__ __device__
#else
#define FOVEA_HD
#endif

namespace fovea {

using Index = std::int64_t;

// Where a launch goes: on the CPU the calling thread; on CUDA this CUstream, null for the default one.
struct Queue {
  void* stream = nullptr;
};

// N extents and strides (in elements) over memory owned elsewhere: what kernel bodies see of an Array.
template <class T, int N>
struct View {
  T* data = nullptr;
  Index extent[N] = {};
  Index stride[N] = {};

  template <class... I>
  FOVEA_HD T& operator()(I... index) const {
    static_assert(sizeof...(I) == N);
    const Index at[N] = {static_cast<Index>(index)...};
    Index offset = 0;
    for (int k = 0; k < N; ++k) offset += at[k] * stride[k];
    return data[offset];
  }
};

}  // namespace fovea
