#include "suites/device/device_suite.h"

namespace fovea::test {

std::vector<Device> suite_devices() {
  std::vector<Device> devices{Device::cpu()};
  if (unavailable_reason(Device::cuda()).empty()) devices.push_back(Device::cuda());
  return devices;
}

}  // namespace fovea::test
