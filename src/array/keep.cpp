#include "array/keep.h"

#include "device/backend.h"

namespace fovea {

void keep(std::vector<Array> arrays, const Stream& stream) {
  if (arrays.empty()) return;
  std::function<void()> release = [held = std::move(arrays)] {};
  StreamBackend& backend = *stream.backend();
  if (!backend.keep_for_recording(release)) backend.record()->when_done(std::move(release));
}

}  // namespace fovea
