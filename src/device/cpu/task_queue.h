#pragma once
#include <functional>
#include <memory>
#include <thread>

namespace fovea {

// Tasks in order on a thread of its own, which starts with the first task. Tasks must not throw. Any thread may push.
// The destructor does not wait for pending tasks (they may need what the caller holds): these still run, and the thread
// is joined later, at the latest when the process ends.
class TaskQueue {
 public:
  explicit TaskQueue(int priority);
  ~TaskQueue();
  TaskQueue(const TaskQueue&) = delete;
  TaskQueue& operator=(const TaskQueue&) = delete;

  enum class Kind { work, wait };  // a wait holds up nobody of a lower priority
  // Both throw Error(device) when a thread is needed and cannot be started; then nothing has changed.
  void push(std::function<void()> task, Kind = Kind::work);
  void start();
  bool on_own_thread() const;

 private:
  struct Core;
  void start_locked();
  std::shared_ptr<Core> core_;
  std::thread thread_;  // guarded by the core's mutex
};

}  // namespace fovea
