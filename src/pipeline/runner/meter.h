#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "fovea/row.h"

namespace fovea::pipeline {

using Clock = std::chrono::steady_clock;

inline double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// How many wait in a queue, averaged over time. Not thread-safe.
class Meter {
 public:
  Meter(std::string name, std::int64_t capacity) : name_(std::move(name)), capacity_(capacity) {}

  void set(std::int64_t waiting) {
    const Clock::time_point now = Clock::now();
    area_ += static_cast<double>(now_waiting_) * std::chrono::duration<double>(now - since_).count();
    since_ = now;
    now_waiting_ = waiting;
    most_ = std::max(most_, waiting);
  }
  void set_capacity(std::int64_t capacity) { capacity_ = capacity; }
  QueueUse use() {
    set(now_waiting_);
    const double seconds = std::chrono::duration<double>(since_ - start_).count();
    return {name_, seconds > 0 ? area_ / seconds : 0, most_, capacity_};
  }

 private:
  std::string name_;
  std::int64_t capacity_, now_waiting_ = 0, most_ = 0;
  double area_ = 0;  // pictures times seconds
  Clock::time_point start_ = Clock::now(), since_ = start_;
};

}  // namespace fovea::pipeline
