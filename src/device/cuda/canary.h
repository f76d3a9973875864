#pragma once
#include <cstddef>

#include "device/cuda/device.h"

namespace fovea {

// A block of known bytes that is sent to the device and back, to find a device that computes but answers wrongly.
class CudaCanary {
 public:
  explicit CudaCanary(CudaDevice&);
  ~CudaCanary();
  CudaCanary(const CudaCanary&) = delete;
  CudaCanary& operator=(const CudaCanary&) = delete;
  // Loses the device when the bytes do not come back as they were. One thread at a time.
  void check() noexcept;

 private:
  void release() noexcept;

  CudaDevice& device_;
  cuda::CUstream stream_ = nullptr;
  cuda::CUdeviceptr there_ = 0;
  std::byte* here_ = nullptr;
  unsigned round_ = 0;
};

}  // namespace fovea
