// A watchdog says what everyone waits for when nothing moves.
#include <cmath>
#include <condition_variable>

#include "pipeline/runner/runner.h"

namespace fovea::pipeline {

void Runner::watch(const std::stop_token& end) {
  try {
    tell_stalls(end);
  } catch (...) {
    give_up();
  }
}

void Runner::tell_stalls(const std::stop_token& end) {
  std::condition_variable_any ended;
  Lock lock(mutex_);
  std::uint64_t seen = progress_;
  Clock::time_point since = Clock::now(), told = since;
  const auto interval = std::chrono::duration<double>(std::min(options_.stall_seconds / 4, 1.0));
  while (!end.stop_requested()) {
    ended.wait_for(lock, end, interval, [] { return false; });
    if (progress_ != seen) {
      seen = progress_;
      since = told = Clock::now();
    } else if (!end.stop_requested() && seconds_since(told) >= options_.stall_seconds) {
      const std::string text = stall_text();
      const double seconds = seconds_since(since);
      told = Clock::now();
      lock.unlock();
      options_.stalled(text, seconds);
      lock.lock();
    }
  }
}

std::string Runner::stall_text() const {
  const auto ago = [](Clock::time_point since) {
    return " for " + std::to_string(std::lround(seconds_since(since))) + " s";
  };
  std::string text;
  for (const auto& worker : workers_) {
    text += (text.empty() ? "" : "; ") + worker->name + ": " + worker->doing;
    if (!worker->path.empty()) text += " " + worker->path;
    text += ago(worker->since);
  }
  if (fetching_ > 0) text += "; " + std::to_string(fetching_) + " transfers in flight";
  return text + "; " + std::to_string(window_.waiting()) + " rows wait for input " + std::to_string(window_.first());
}

}  // namespace fovea::pipeline
