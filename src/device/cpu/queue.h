#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace fovea {

// Tasks in order on a thread of its own, which starts with the first task. Tasks must not throw. Any thread may push.
// The destructor does not wait for pending tasks (they may need what the caller holds): these still run, and the thread
// is joined later, at the latest when the process ends.
class Queue {
 public:
  Queue();
  ~Queue();
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  void push(std::function<void()> task);
  bool on_own_thread() const;

 private:
  struct Core;
  std::shared_ptr<Core> core_;
  std::thread thread_;  // guarded by the core's mutex
};

}  // namespace fovea
