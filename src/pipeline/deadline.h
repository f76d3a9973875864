#pragma once
#include <chrono>
#include <limits>
#include <string>

#include "fovea/error.h"

namespace fovea::pipeline {

// The time that the work on one input may take. What it waits for others' memory is given back to it.
class Deadline {
 public:
  using Clock = std::chrono::steady_clock;
  Deadline() = default;  // never
  explicit Deadline(double seconds) : left_(seconds) {}

  bool over() const { return std::chrono::duration<double>(Clock::now() - start_).count() >= left_; }
  void give_back(double seconds) { left_ += seconds; }
  // Throws Error(timeout); `next` is what is not begun any more.
  void check(const std::string& next) const {
    if (over()) throw Error(Errc::timeout, next + ": the input's time ended before; raise with --timeout");
  }

 private:
  Clock::time_point start_ = Clock::now();
  double left_ = std::numeric_limits<double>::infinity();
};

}  // namespace fovea::pipeline
