#include "device/cuda/module.h"

#include <map>
#include <mutex>

#include "device/cuda/kernel_cache.h"
#include "device/cuda/timed_span.h"

namespace fovea {
namespace {

struct Loaded {
  std::mutex mutex;
  std::map<std::pair<int, std::string>, std::shared_ptr<const CudaModule>> modules;
};
Loaded& loaded() {
  static auto* all = new Loaded;  // never destroyed: the driver may be gone before
  return *all;
}

int capability_of(CudaDevice& device) {
  cuda::CUdevice handle = 0;
  int major = 0, minor = 0;
  device.run(&CudaFunctions::cuDeviceGet, &handle, device.device().index);
  device.run(&CudaFunctions::cuDeviceGetAttribute, &major, unsigned{cuda::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR},
             handle);
  device.run(&CudaFunctions::cuDeviceGetAttribute, &minor, unsigned{cuda::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR},
             handle);
  return 10 * major + minor;
}

}  // namespace

CudaModule::CudaModule(CudaDevice& device, const KernelImage& image) : device_(device), name_(image.name) {
  device_.run(&CudaFunctions::cuModuleLoadDataEx, &handle_, static_cast<const void*>(image.bytes.data()), 0u,
              static_cast<unsigned*>(nullptr), static_cast<void**>(nullptr));
}

CudaModule::~CudaModule() {
  device_.release(&CudaFunctions::cuModuleUnload, handle_);
}

cuda::CUfunction CudaModule::function(const std::string& name) const {
  cuda::CUfunction function = nullptr;
  const cuda::CUresult status =
      device_.status_of(&CudaFunctions::cuModuleGetFunction, &function, handle_, name.c_str());
  if (status == cuda::CUDA_ERROR_NOT_FOUND)
    throw Error(Errc::not_found, "kernel: expected one named " + name + " in the compiled source, got none");
  device_.check(status, "cuModuleGetFunction");
  return function;
}

std::shared_ptr<const CudaModule> load_module(Device where, const std::string& identity,
                                              const std::function<KernelText()>& text) {
  CudaDevice& device = cuda_backend(where.index);
  const std::pair<int, std::string> key{where.index, identity};
  {
    const std::lock_guard lock(loaded().mutex);
    const auto known = loaded().modules.find(key);
    if (known != loaded().modules.end()) return known->second;
  }
  KernelText wanted = text();
  wanted.capability = capability_of(device);
  const auto fresh = std::make_shared<const CudaModule>(device, cached_or_compiled(wanted).value());
  const std::lock_guard lock(loaded().mutex);
  return loaded().modules.try_emplace(key, fresh).first->second;
}

void launch(CudaDevice& device, cuda::CUfunction function, std::string_view name, const LaunchShape& shape,
            const Stream& stream, void** parameters) {
  const CudaTimedSpan span(stream, {Activity::kernel, name});
  const auto& [grid, block, shared] = shape;
  device.run(&CudaFunctions::cuLaunchKernel, function, grid[0], grid[1], grid[2], block[0], block[1], block[2], shared,
             static_cast<cuda::CUstream>(stream.native()), parameters, static_cast<void**>(nullptr));
}

}  // namespace fovea
