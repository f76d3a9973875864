#pragma once
#include "model/graph.h"

namespace fovea::model {

// The same network with its constants on the device, each copied once. Throws Error(device) when it cannot be used.
Graph on_device(const Graph&, Device);

}  // namespace fovea::model
