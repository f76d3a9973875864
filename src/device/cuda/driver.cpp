#include "device/cuda/driver.h"

#include <dlfcn.h>
#include <pthread.h>

#include <atomic>
#include <cstdlib>
#include <string_view>

#include "base/text.h"

namespace fovea {
namespace {

std::atomic<bool> forked{false};

void load_functions(void* library, CudaDriver& driver) {
  const auto load = [&](const char* name, auto& function) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(::dlsym(library, name));
    if (function == nullptr && driver.missing.empty()) driver.missing = name;
  };
#define FOVEA_LOAD(name, parameters) load(#name, driver.functions.name);
  FOVEA_CUDA_FUNCTIONS(FOVEA_LOAD)
#undef FOVEA_LOAD
}

// The library stays loaded: a driver that was initialised cannot be unloaded safely.
CudaDriver ask() {
  CudaDriver driver;
  if (const char* path = std::getenv("FOVEA_CUDA_DRIVER")) driver.path = path;
  void* library = ::dlopen(driver.path.empty() ? "libcuda.so.1" : driver.path.c_str(), RTLD_LAZY | RTLD_LOCAL);
  if (library == nullptr) return driver;
  driver.library = true;
  load_functions(library, driver);
  const CudaFunctions& cu = driver.functions;
  int version = 0;
  if (cu.cuDriverGetVersion != nullptr && cu.cuDriverGetVersion(&version) == 0) driver.version = version;
  if (!driver.missing.empty() || driver.version < cuda_driver_floor) return driver;
  driver.init_error = cu.cuInit(0);
  if (driver.init_error != 0) return driver;
  ::pthread_atfork(nullptr, nullptr, [] { forked = true; });
  driver.count_error = cu.cuDeviceGetCount(&driver.devices);
  return driver;
}

std::string version_text(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

// What cuInit's codes mean for the person who sets the machine up; empty for those that say nothing.
std::string init_reason(int error) {
  switch (error) {
    case cuda::CUDA_ERROR_STUB_LIBRARY:
      return "libcuda.so.1 is the toolkit's stub for linking, not a driver: take its folder out of LD_LIBRARY_PATH";
    case cuda::CUDA_ERROR_CALL_REQUIRES_NEWER_DRIVER:
      return "the NVIDIA driver is too old: update it";
    case cuda::CUDA_ERROR_DEVICE_UNAVAILABLE:
      return "the device is taken by another process or closed by its compute mode";
    case cuda::CUDA_ERROR_NO_DEVICE:
      return "the NVIDIA driver finds no device";
    case cuda::CUDA_ERROR_INVALID_DEVICE:
      return "the NVIDIA driver finds no valid device";
    case cuda::CUDA_ERROR_DEVICE_NOT_LICENSED:
      return "the device is not licensed for computing";
    case cuda::CUDA_ERROR_OPERATING_SYSTEM:
      return "the system refuses the NVIDIA driver: are /dev/nvidia* there and readable?";
    case cuda::CUDA_ERROR_SYSTEM_NOT_READY:
      return "the system is not ready for CUDA: is the NVIDIA fabric manager running?";
    case cuda::CUDA_ERROR_SYSTEM_DRIVER_MISMATCH:
      return "the NVIDIA driver's kernel module and library are of different versions: reload the module or restart";
    case cuda::CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE:
      return "the CUDA compatibility library does not support this device: update the NVIDIA driver instead";
    default:
      return {};
  }
}

std::string failed(const char* call, int error) {
  return std::string(call) + " gave the driver's error " + std::to_string(error);
}

}  // namespace

const CudaDriver& cuda_driver() {
  static const CudaDriver answer = ask();
  return answer;
}

bool forked_after_cuda() {
  return forked;
}

std::string cuda_reason(const CudaDriver& driver, int index, const char* visible) {
  const std::string set =
      visible == nullptr ? ""
                         : " (CUDA_VISIBLE_DEVICES is \"" + escaped(std::string_view(visible).substr(0, 80)) + "\")";
  const std::string library =
      driver.path.empty() ? "libcuda.so.1" : escaped(driver.path.substr(0, 200)) + ", which FOVEA_CUDA_DRIVER names,";
  if (!driver.library)
    return driver.path.empty() ? library + " not found: no NVIDIA driver is installed" : library + " cannot be loaded";
  if (driver.version < cuda_driver_floor)
    return "the NVIDIA driver is of CUDA " + version_text(driver.version) + ", too old: CUDA " +
           version_text(cuda_driver_floor) + " or newer is needed";
  if (!driver.missing.empty()) return library + " has no function " + driver.missing;
  if (driver.init_error != 0) {
    const std::string reason = init_reason(driver.init_error), code = failed("cuInit", driver.init_error);
    return (reason.empty() ? code : reason + "; " + code) + set;
  }
  if (driver.count_error != 0) return failed("cuDeviceGetCount", driver.count_error) + set;
  if (driver.devices == 0) return "the NVIDIA driver finds no device" + set;
  if (index >= driver.devices)
    return "the NVIDIA driver finds " + std::to_string(driver.devices) + " device" + (driver.devices == 1 ? "" : "s") +
           ", none with index " + std::to_string(index) + set;
  return {};
}

}  // namespace fovea
