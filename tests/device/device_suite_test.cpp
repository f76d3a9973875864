#include "suites/device/device_suite.h"

namespace fovea::test {

std::vector<Device> suite_devices() {
  return {Device::cpu()};
}

}  // namespace fovea::test
