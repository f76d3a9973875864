#pragma once
#include "device/backend.h"

namespace fovea {

DeviceBackend& cpu_backend();

}  // namespace fovea
