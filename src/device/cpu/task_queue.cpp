#include "device/cpu/task_queue.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <vector>

#include "device/cpu/priority_gate.h"
#include "fovea/error.h"

namespace fovea {

struct TaskQueue::Core {
  struct Task {
    std::function<void()> run;
    Kind kind;
  };
  explicit Core(int level) : priority(level) {}

  const int priority;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Task> tasks;
  bool busy = false;
  bool inside = false;  // the gate: from the time its next task is work to the time it is not
  bool closing = false;
  std::atomic<bool> finished{false};

  void run();
  void enter();  // these two with the lock held
  void leave();
};

namespace {

thread_local const void* running_core = nullptr;

// Threads whose queue is gone but whose work is not. Joins what has finished at each call, and the rest at exit.
class Retired {
 public:
  ~Retired() {
    for (;;) {
      std::unique_lock lock(mutex_);
      if (entries_.empty()) return;
      Entry entry = std::move(entries_.back());
      entries_.pop_back();
      lock.unlock();  // a last task may retire a queue of its own
      entry.thread.join();
    }
  }

  void add(std::thread thread, std::shared_ptr<const void> core, const std::atomic<bool>& finished) {
    const std::lock_guard lock(mutex_);
    std::erase_if(entries_, [](Entry& entry) {
      if (!entry.finished->load()) return false;
      entry.thread.join();
      return true;
    });
    entries_.push_back({std::move(thread), std::move(core), &finished});
  }

 private:
  struct Entry {
    std::thread thread;
    std::shared_ptr<const void> core;
    const std::atomic<bool>* finished;
  };
  std::mutex mutex_;
  std::vector<Entry> entries_;
};

Retired& retired() {
  static Retired instance;
  return instance;
}

}  // namespace

void TaskQueue::Core::enter() {
  if (!inside) priority_gate().enter(priority);
  inside = true;
}

void TaskQueue::Core::leave() {
  if (inside) priority_gate().leave(priority);
  inside = false;
}

void TaskQueue::Core::run() {
  running_core = this;
  std::unique_lock lock(mutex);
  for (;;) {
    if (tasks.empty()) leave();
    changed.wait(lock, [this] { return closing || !tasks.empty(); });
    if (tasks.empty()) break;
    Task task = std::move(tasks.front());
    tasks.pop_front();
    busy = true;
    task.kind == Kind::work ? enter() : leave();
    lock.unlock();
    if (task.kind == Kind::work) {
      priority_gate().pass(priority);
      gate_level_now = &priority;
    }
    task.run();
    gate_level_now = nullptr;
    task.run = nullptr;  // what the task holds is let go before the queue counts as idle, and without the lock
    lock.lock();
    busy = false;
  }
  lock.unlock();
  finished = true;
}

// Made here, these outlive every queue, those of static lifetime too; and the gate the threads that retired() joins.
TaskQueue::TaskQueue(int priority) : core_(std::make_shared<Core>(priority)) {
  priority_gate();
  retired();
}

TaskQueue::~TaskQueue() {
  bool idle = false;
  {
    const std::lock_guard lock(core_->mutex);
    core_->closing = true;
    idle = core_->tasks.empty() && !core_->busy;
  }
  core_->changed.notify_one();
  if (!thread_.joinable()) return;
  if (idle)
    thread_.join();
  else
    retired().add(std::move(thread_), core_, core_->finished);
}

void TaskQueue::start_locked() {
  if (thread_.joinable()) return;
  try {
    thread_ = std::thread([core = core_] { core->run(); });
  } catch (const std::system_error& error) {
    throw Error(Errc::device, std::string("stream: cannot start a thread: ") + error.code().message());
  }
}

void TaskQueue::start() {
  const std::lock_guard lock(core_->mutex);
  start_locked();
}

void TaskQueue::push(std::function<void()> task, Kind kind) {
  {
    const std::lock_guard lock(core_->mutex);
    start_locked();
    core_->tasks.push_back({std::move(task), kind});
    if (kind == Kind::work && core_->tasks.size() == 1 && !core_->busy) core_->enter();
  }
  core_->changed.notify_one();
}

bool TaskQueue::on_own_thread() const {
  return running_core == core_.get();
}

}  // namespace fovea
