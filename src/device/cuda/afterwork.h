#pragma once
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace fovea {

class CudaEvent;

// Runs what waits for events, and what must not run inside of the driver's host functions, on a thread of its own that
// starts with the first and lasts as long as the process. What it runs must neither throw nor block.
class CudaAfterwork {
 public:
  void post(std::function<void()>);
  void when_done(std::shared_ptr<CudaEvent>, std::function<void()>);
  std::size_t pending() const { return pending_; }  // how many have not run, or not gone

 private:
  struct Waiting {
    std::shared_ptr<CudaEvent> event;
    std::function<void()> then;
  };
  void start();  // with the lock held
  [[noreturn]] void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  bool started_ = false;
  std::vector<std::function<void()>> posted_;
  std::vector<Waiting> arrived_;
  std::atomic<std::size_t> pending_{0};
};
CudaAfterwork& cuda_afterwork();

}  // namespace fovea
