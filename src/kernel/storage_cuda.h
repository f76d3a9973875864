#pragma once
#include <cuda_runtime.h>

#include <memory>
#include <vector>

#include "kernel/cuda_error.h"
#include "kernel/view.h"

namespace fovea {

// On the device that is current when the table is made; not while a stream records a graph.
template <class T>
class Table {
 public:
  Table() = default;
  explicit Table(const std::vector<T>& values) : size_(static_cast<Index>(values.size())) {
    if (size_ == 0) return;
    void* bytes = nullptr;
    check_cuda(cudaMalloc(&bytes, values.size() * sizeof(T)), "kernel: device memory for a table");
    data_.reset(static_cast<T*>(bytes), [](T* p) { cudaFree(p); });  // waits for the kernels that read it
    check_cuda(cudaMemcpy(bytes, values.data(), values.size() * sizeof(T), cudaMemcpyHostToDevice),
               "kernel: a copy of a table");
    // A copy of pageable memory returns before it has arrived, and the streams that read it do not wait for this one.
    check_cuda(cudaStreamSynchronize(cudaStreamLegacy), "kernel: the end of a copy of a table");
  }
  const T* data() const { return data_.get(); }
  Index size() const { return size_; }

 private:
  std::shared_ptr<T> data_;
  Index size_ = 0;
};

// Made and given back in the order of the queue's stream, in a recorded graph too.
template <class T>
class Scratch {
 public:
  Scratch(Queue queue, Index count) : stream_(static_cast<cudaStream_t>(queue.stream)) {
    if (count == 0) return;
    void* bytes = nullptr;
    check_cuda(cudaMallocAsync(&bytes, static_cast<std::size_t>(count) * sizeof(T), stream_),
               "kernel: device memory for scratch");
    data_ = static_cast<T*>(bytes);
  }
  ~Scratch() {
    if (data_) cudaFreeAsync(data_, stream_);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  T* data() const { return data_; }

 private:
  cudaStream_t stream_;
  T* data_ = nullptr;
};

}  // namespace fovea
