#pragma once
#include <mutex>
#include <unordered_set>

#include "device/cuda/device.h"

namespace fovea {

// Straight from the driver: allocating and freeing may wait for all work of the device.
class CudaMemory final : public Memory {
 public:
  explicit CudaMemory(CudaDevice& device) : device_(device) {}
  void* allocate(std::size_t bytes) override;
  void deallocate(void* pointer, std::size_t bytes) noexcept override;
  Device device() const override { return device_.device(); }

 private:
  CudaDevice& device_;
};

// From the driver's own pool, in stream order. What is allocated while a stream records is the graph's, from outside.
class CudaAsyncMemory final : public Memory {
 public:
  explicit CudaAsyncMemory(CudaDevice&);
  ~CudaAsyncMemory() override;
  void* allocate(std::size_t bytes) override;
  void deallocate(void* pointer, std::size_t bytes) noexcept override;
  Device device() const override { return device_.device(); }
  void* allocate_async(std::size_t bytes, const Stream&) override;
  void deallocate_async(void* pointer, std::size_t bytes, const Stream&) noexcept override;

 private:
  CudaDevice& device_;
  cuda::CUstream own_ = nullptr;  // for what is asked for without a stream
};

// Page-locked host memory, of use to all devices. Where that is refused, pageable memory is given, which copies at less
// speed; the device counts it.
class CudaPinnedMemory final : public Memory {
 public:
  explicit CudaPinnedMemory(CudaDevice& device) : device_(device) {}
  void* allocate(std::size_t bytes) override;
  void deallocate(void* pointer, std::size_t bytes) noexcept override;
  Device device() const override { return Device::cpu(); }

 private:
  CudaDevice& device_;
  std::mutex mutex_;
  std::unordered_set<void*> pageable_;
};

}  // namespace fovea
