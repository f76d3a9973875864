#pragma once
#include <functional>
#include <memory>
#include <string>

#include "device/cuda/device.h"
#include "device/cuda/nvrtc.h"

namespace fovea {

// A compiled image on a device. Kernels of it may still run when it goes.
class CudaModule {
 public:
  CudaModule(CudaDevice&, const KernelImage&);
  ~CudaModule();
  CudaModule(const CudaModule&) = delete;
  CudaModule& operator=(const CudaModule&) = delete;
  CudaDevice& device() const { return device_; }
  const std::string& name() const { return name_; }          // of the kernel that was asked for by name
  cuda::CUfunction function(const std::string& name) const;  // throws Error(not_found)

 private:
  CudaDevice& device_;
  std::string name_;
  cuda::CUmodule handle_ = nullptr;
};

// Compiled for the device, or from the cache; loaded once a device and kept to the process's end. `identity` tells the
// text from all others; `text` is asked when it is not loaded, and its capability filled in. Thread-safe. Throws what
// is wrong with the source, the compiler or the device.
std::shared_ptr<const CudaModule> load_module(Device, const std::string& identity,
                                              const std::function<KernelText()>& text);

struct LaunchShape {
  unsigned grid[3] = {1, 1, 1}, block[3] = {1, 1, 1};
  unsigned shared_bytes = 0;
};
// `name` is for profiles.
void launch(CudaDevice&, cuda::CUfunction, std::string_view name, const LaunchShape&, const Stream&, void** parameters);

}  // namespace fovea
