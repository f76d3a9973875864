#include "device/cpu/event.h"

#include "device/cpu/priority_gate.h"

namespace fovea {

bool CpuEvent::done() const {
  const std::lock_guard lock(mutex_);
  return done_;
}

void CpuEvent::wait() const {
  const OutsideGate outside;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return done_; });
}

double CpuEvent::ms_since(const EventBackend& earlier) const {
  return std::chrono::duration<double, std::milli>(at_ - static_cast<const CpuEvent&>(earlier).at_).count();
}

void CpuEvent::when_done(std::function<void()> then) {
  {
    const std::lock_guard lock(mutex_);
    if (!done_) return then_.push_back(std::move(then));
  }
  then();
}

void CpuEvent::finish() {
  std::vector<std::function<void()>> then;
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
    at_ = std::chrono::steady_clock::now();
    then.swap(then_);
  }
  changed_.notify_all();
  for (const auto& call : then) call();
}

}  // namespace fovea
