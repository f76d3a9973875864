#include "suites/device/device_suite.h"

#include <cstdlib>

namespace fovea::test {

// The tests' parameters are asked for before main(): the last moment to say which driver, and which CUPTI,
// to open.
std::vector<Device> suite_devices() {
  ::setenv("FOVEA_CUDA_DRIVER", FOVEA_FAKE_CUDA, 0);
  ::setenv("FOVEA_CUPTI", FOVEA_FAKE_CUDA, 1);
  return {Device::cpu(), Device::cuda(0), Device::cuda(1)};
}

}  // namespace fovea::test
