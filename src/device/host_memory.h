#pragma once
#include "fovea/memory.h"

namespace fovea {

// What host_memory() takes its blocks from: nothing is kept.
std::shared_ptr<Memory> system_memory();

}  // namespace fovea
