#pragma once
#include <functional>
#include <memory>

#include "fovea/device.h"

namespace fovea {

// Calls `then` when the stream is past the work enqueued so far; while the stream records, when the graph goes. Throws
// when the stream can take no event any more; `then` is not called then.
void when_past(const Stream&, std::function<void()> then);
// Holds `what` until the stream is past the work enqueued so far; while the stream records, as long as the graph lives.
void keep_alive(const Stream&, std::shared_ptr<const void> what);

}  // namespace fovea
