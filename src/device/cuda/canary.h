#pragma once
#include <cstddef>
#include <string>

#include "device/cuda/device.h"

namespace fovea {

// What finds a device that works but answers wrongly: known bytes that are sent there and back, and arithmetic of known
// result in as many blocks as the device has multiprocessors.
class CudaCanary {
 public:
  explicit CudaCanary(CudaDevice&);
  ~CudaCanary();
  CudaCanary(const CudaCanary&) = delete;
  CudaCanary& operator=(const CudaCanary&) = delete;
  // Loses the device when an answer is wrong. One thread at a time.
  void check() noexcept;
  // Why arithmetic is not checked, or empty: the driver cannot compile PTX.
  const std::string& unchecked() const { return unchecked_; }

 private:
  void load();
  void check_copies();
  void check_arithmetic();
  void copy(cuda::CUdeviceptr to, cuda::CUdeviceptr from, std::size_t bytes);  // and waits
  [[noreturn]] void wrong(const std::string& what) const;
  void release() noexcept;

  CudaDevice& device_;
  cuda::CUstream stream_ = nullptr;
  cuda::CUdeviceptr there_ = 0;
  cuda::CUmodule module_ = nullptr;
  cuda::CUfunction kernel_ = nullptr;
  unsigned blocks_ = 1;
  std::byte* here_ = nullptr;
  std::uint32_t round_ = 0;
  std::string unchecked_;
};

}  // namespace fovea
