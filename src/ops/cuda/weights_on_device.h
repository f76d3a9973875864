#pragma once
#include <cuda_runtime.h>

#include <functional>
#include <memory>

#include "fovea/array.h"
#include "kernel/cuda_error.h"

namespace fovea::ops::cuda {

// Weights as a kernel wants them: an array on the current device, which `device` names, of what `put` writes on the
// default stream. Not while a stream records a graph.
inline Array made_on_device(const Shape& shape, DType dtype, Device device,
                            const std::function<void(const Array&)>& put) {
  std::size_t size = size_of(dtype);
  for (const std::int64_t extent : shape) size *= static_cast<std::size_t>(extent);
  void* bytes = nullptr;
  check_cuda(cudaMalloc(&bytes, size), "kernel: device memory for weights");
  const std::shared_ptr<void> owner(bytes, cudaFree);
  const Array made = Array::borrow(bytes, shape, dtype, owner, device);
  put(made);
  check_cuda(cudaStreamSynchronize(cudaStreamLegacy), "kernel: the order of weights");
  return made;
}

}  // namespace fovea::ops::cuda
