#pragma once
#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "progress_line.h"

namespace fovea::cli {

// Shows how far work of many steps is, once it has taken a second.
class StepProgress {
 public:
  explicit StepProgress(Console&);
  ~StepProgress();
  StepProgress(const StepProgress&) = delete;
  StepProgress& operator=(const StepProgress&) = delete;

  void take(std::string_view step, double done);  // any thread; the share of this step

 private:
  using Clock = std::chrono::steady_clock;
  void watch(const std::stop_token& end);

  ProgressLine line_;
  std::mutex mutex_;
  std::string step_;
  double done_ = 0;
  Clock::time_point begun_ = Clock::now();
  std::jthread watcher_;
};

}  // namespace fovea::cli
