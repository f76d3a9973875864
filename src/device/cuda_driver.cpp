#include "device/cuda_driver.h"

#include <dlfcn.h>

#include <string_view>

#include "base/text.h"

namespace fovea {
namespace {

constexpr int no_device = 100;  // CUDA_ERROR_NO_DEVICE

// The library stays loaded: a driver that was initialised cannot be unloaded safely.
CudaDriver ask() {
  CudaDriver driver;
  void* library = ::dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
  if (library == nullptr) return driver;
  driver.library = true;
  const auto init = reinterpret_cast<int (*)(unsigned)>(::dlsym(library, "cuInit"));
  const auto count = reinterpret_cast<int (*)(int*)>(::dlsym(library, "cuDeviceGetCount"));
  if (init == nullptr || count == nullptr) {
    driver.missing = init == nullptr ? "cuInit" : "cuDeviceGetCount";
    return driver;
  }
  driver.init_error = init(0);
  if (driver.init_error == 0) driver.count_error = count(&driver.devices);
  return driver;
}

std::string error_number(int error) {
  return "the driver's error " + std::to_string(error);
}

}  // namespace

const CudaDriver& cuda_driver() {
  static const CudaDriver answer = ask();
  return answer;
}

std::string cuda_reason(const CudaDriver& driver, int index, const char* visible) {
  const std::string set =
      visible == nullptr ? ""
                         : " (CUDA_VISIBLE_DEVICES is \"" + escaped(std::string_view(visible).substr(0, 80)) + "\")";
  if (!driver.library) return "libcuda.so.1 not found: no NVIDIA driver is installed";
  if (!driver.missing.empty()) return "libcuda.so.1 has no function " + driver.missing;
  if (driver.init_error == no_device) return "the NVIDIA driver finds no device" + set;
  if (driver.init_error != 0) return "cuInit gave " + error_number(driver.init_error) + set;
  if (driver.count_error != 0) return "cuDeviceGetCount gave " + error_number(driver.count_error) + set;
  if (driver.devices == 0) return "the NVIDIA driver finds no device" + set;
  if (index >= driver.devices)
    return "the NVIDIA driver finds " + std::to_string(driver.devices) + " device" + (driver.devices == 1 ? "" : "s") +
           ", none with index " + std::to_string(index) + set;
  return "this build has no CUDA backend (libfovea_cuda.so)";
}

}  // namespace fovea
