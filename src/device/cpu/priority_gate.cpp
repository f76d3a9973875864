#include "device/cpu/priority_gate.h"

namespace fovea {

thread_local const int* gate_level_now = nullptr;

PriorityGate& priority_gate() {
  static PriorityGate instance;
  return instance;
}

void PriorityGate::enter(int level) {
  const std::lock_guard lock(mutex_);
  ++inside_[level];
}

void PriorityGate::pass(int level) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return inside_.begin()->first >= level; });
}

void PriorityGate::leave(int level) {
  {
    const std::lock_guard lock(mutex_);
    const auto at = inside_.find(level);
    if (--at->second > 0) return;
    inside_.erase(at);
  }
  changed_.notify_all();
}

OutsideGate::OutsideGate() : level_(gate_level_now) {
  if (level_ != nullptr) priority_gate().leave(*level_);
}

OutsideGate::~OutsideGate() {
  if (level_ == nullptr) return;
  priority_gate().enter(*level_);
  priority_gate().pass(*level_);
}

}  // namespace fovea
