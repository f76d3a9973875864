#include "pipeline/budget.h"

#include <algorithm>
#include <chrono>
#include <string>

#include "device/profiler.h"

namespace fovea::pipeline {

Budget::Lease Budget::admit(std::int64_t bytes) {
  if (bytes > total_)
    throw Error(Errc::limit_memory, "memory: the picture needs " + std::to_string(bytes) + " bytes, the budget is " +
                                        std::to_string(total_) + "; raise it with --memory");
  std::unique_lock lock(mutex_);
  const std::uint64_t ticket = next_ticket_++;
  const auto may_go = [&] { return ticket == serving_ && used_ + bytes <= total_; };
  if (!may_go()) {
    const profiler::Scope span(Activity::wait, "memory");
    const auto start = std::chrono::steady_clock::now();
    freed_.wait(lock, may_go);
    waited_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  ++serving_;
  used_ += bytes;
  most_ = std::max(most_, used_);
  freed_.notify_all();  // the next in turn may fit, too
  return {*this, bytes};
}

void Budget::give_back(std::int64_t bytes) {
  const std::scoped_lock lock(mutex_);
  used_ -= bytes;
  freed_.notify_all();
}

std::int64_t Budget::most() const {
  const std::scoped_lock lock(mutex_);
  return most_;
}

std::int64_t Budget::waiting() const {
  const std::scoped_lock lock(mutex_);
  return static_cast<std::int64_t>(next_ticket_ - serving_);
}

double Budget::waited_seconds() const {
  const std::scoped_lock lock(mutex_);
  return waited_;
}

}  // namespace fovea::pipeline
