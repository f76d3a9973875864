#pragma once
#include "kernel/view.h"

// Memory of kernels beside their inputs and output, where their bodies read and write: the host's or the device's.
//   Table<T>    values known when a kernel is prepared; copied there once
//   Scratch<T>  elements between two launches of one run, of unspecified contents
#if defined(__CUDACC__)
#include "kernel/storage_cuda.h"
#else
#include "kernel/storage_cpu.h"
#endif

namespace fovea {

template <class T, int N>
View<const T, N> read_only(const View<T, N>& v) {
  View<const T, N> same;
  same.data = v.data;
  for (int k = 0; k < N; ++k) same.extent[k] = v.extent[k], same.stride[k] = v.stride[k];
  return same;
}

}  // namespace fovea
