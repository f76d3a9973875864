#pragma once
#include <memory>

#include "fovea/device.h"

namespace fovea {

// Holds `what` until the stream is past the work enqueued so far; while the stream records, as long as the graph lives.
void keep_alive(const Stream&, std::shared_ptr<const void> what);

}  // namespace fovea
