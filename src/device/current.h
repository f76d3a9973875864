#pragma once
#include <optional>

#include "device/cuda/device.h"

namespace fovea {

// While it lives the calling thread is on the device: a CUDA device's context is current, for libraries that work on
// whatever is. Throws Error(device) when the device cannot be used.
class OnDevice {
 public:
  explicit OnDevice(Device device) {
    if (device.kind != Device::Kind::cuda) return;
    CudaDevice& cuda = cuda_backend(device.index);
    current_.emplace(cuda.functions(), cuda.context());
    cuda.check(current_->status(), "cuCtxPushCurrent_v2");
  }

 private:
  std::optional<CudaCurrent> current_;
};

}  // namespace fovea
