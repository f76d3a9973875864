#include "device/keep_alive.h"

#include "device/backend.h"

namespace fovea {

// A stream that cannot take an event any more (no thread, no memory) is waited for instead.
void keep_alive(const Stream& stream, std::shared_ptr<const void> what) {
  try {
    std::function<void()> release = [held = what]() mutable { held.reset(); };
    if (!stream.backend()->keep_for_recording(release)) stream.backend()->record()->when_done(std::move(release));
  } catch (...) {
    stream.synchronize();
    throw;
  }
}

}  // namespace fovea
