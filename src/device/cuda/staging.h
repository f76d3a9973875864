#pragma once
#include <array>
#include <memory>

#include "device/cuda/device.h"
#include "device/cuda/host_calls.h"

namespace fovea {

// Carries pageable host memory to and from the device without blocking the caller, through two page-locked buffers: a
// host function fills or empties one while the device copies the other. For one stream.
class CudaStaging {
 public:
  // Null when page-locked memory is refused.
  static std::shared_ptr<CudaStaging> make(CudaDevice&, int priority);
  ~CudaStaging();
  CudaStaging(const CudaStaging&) = delete;
  CudaStaging& operator=(const CudaStaging&) = delete;

  // In the order of the stream. One end is pageable, the other memory of the device.
  void wait();  // for the functions
  void copy(cuda::CUstream, const Transfer&, const std::shared_ptr<CudaFailureTarget>&);

 private:
  struct Buffer {
    std::byte* bytes = nullptr;
    cuda::CUevent full = nullptr, empty = nullptr;
  };
  explicit CudaStaging(CudaDevice& device) : device_(device) {}
  void copy_piece(cuda::CUstream, const Transfer&, const std::shared_ptr<CudaFailureTarget>&);
  void on_host(const Transfer&, const std::shared_ptr<CudaFailureTarget>&);
  void order(cuda::CUstream before, cuda::CUevent, cuda::CUstream after);

  CudaDevice& device_;
  cuda::CUstream host_ = nullptr;  // of the functions
  cuda::CUevent begin_ = nullptr;
  std::array<Buffer, 2> buffers_;
  std::size_t next_ = 0;
};

}  // namespace fovea
