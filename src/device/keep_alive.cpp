#include "device/keep_alive.h"

#include "device/backend.h"

namespace fovea {

void when_past(const Stream& stream, std::function<void()> then) {
  if (!stream.backend()->keep_for_recording(then)) stream.backend()->record()->when_done(std::move(then));
}

// A stream that cannot take an event any more (no thread, no memory) is waited for instead.
void keep_alive(const Stream& stream, std::shared_ptr<const void> what) {
  try {
    when_past(stream, [held = what]() mutable { held.reset(); });
  } catch (...) {
    stream.synchronize();
    throw;
  }
}

}  // namespace fovea
