#include "step_progress.h"

#include <condition_variable>

namespace fovea::cli {

StepProgress::StepProgress(Console& console)
    : line_(console), watcher_([this](const std::stop_token& end) { watch(end); }) {}

StepProgress::~StepProgress() {
  watcher_.request_stop();
  watcher_.join();
}

void StepProgress::take(std::string_view step, double done) {
  const std::scoped_lock lock(mutex_);
  if (step_ != step || done < done_) {
    step_ = step;
    begun_ = Clock::now();
  }
  done_ = done;
}

void StepProgress::watch(const std::stop_token& end) {
  constexpr std::chrono::milliseconds patience(1000), interval(100);
  std::condition_variable_any ended;
  std::mutex mutex;
  std::unique_lock waiting(mutex);
  for (auto wait = patience; !ended.wait_for(waiting, end, wait, [&] { return end.stop_requested(); });
       wait = interval) {
    const std::scoped_lock lock(mutex_);
    line_.step(step_, done_, std::chrono::duration<double>(Clock::now() - begun_).count());
  }
}

}  // namespace fovea::cli
