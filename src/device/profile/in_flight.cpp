#include "device/profile/in_flight.h"

#include <utility>

namespace fovea::profiler {

bool InFlight::begin() {
  const std::lock_guard lock(mutex_);
  count_ += !closed_;
  return !closed_;
}

void InFlight::end() {
  const std::lock_guard lock(mutex_);
  --count_;
  ended_.notify_all();
}

bool InFlight::close() {
  const std::lock_guard lock(mutex_);
  return !std::exchange(closed_, true);
}

std::int64_t InFlight::wait(std::chrono::milliseconds most) {
  std::unique_lock lock(mutex_);
  ended_.wait_for(lock, most, [this] { return count_ == 0; });
  return count_;
}

}  // namespace fovea::profiler
