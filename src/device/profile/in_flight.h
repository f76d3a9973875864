#pragma once
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace fovea::profiler {

// The spans that devices are yet to end.
class InFlight {
 public:
  bool begin();  // false: closed
  void end();
  bool close();  // no more begin; false: closed already
  // For those in flight, no longer than `most`. Returns how many still are.
  std::int64_t wait(std::chrono::milliseconds most);

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  std::int64_t count_ = 0;
  bool closed_ = false;
};

}  // namespace fovea::profiler
