#include "device/cpu/queue.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <system_error>
#include <vector>

#include "fovea/error.h"

namespace fovea {

struct Queue::Core {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::function<void()>> tasks;
  bool busy = false;
  bool closing = false;
  std::atomic<bool> finished{false};

  void run();
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

void Queue::Core::run() {
  running_core = this;
  std::unique_lock lock(mutex);
  for (;;) {
    changed.wait(lock, [this] { return closing || !tasks.empty(); });
    if (tasks.empty()) break;
    std::function<void()> task = std::move(tasks.front());
    tasks.pop_front();
    busy = true;
    lock.unlock();
    task();
    task = nullptr;  // what the task holds is let go before the queue counts as idle, and without the lock
    lock.lock();
    busy = false;
  }
  lock.unlock();
  finished = true;
}

// retired() is made here so that it outlives every queue, those of static lifetime too.
Queue::Queue() : core_(std::make_shared<Core>()) {
  retired();
}

Queue::~Queue() {
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

void Queue::push(std::function<void()> task) {
  {
    const std::lock_guard lock(core_->mutex);
    core_->tasks.push_back(std::move(task));
    if (!thread_.joinable()) {
      try {
        thread_ = std::thread([core = core_] { core->run(); });
      } catch (const std::system_error& error) {
        core_->tasks.pop_back();
        throw Error(Errc::device, std::string("stream: cannot start a thread: ") + error.code().message());
      }
    }
  }
  core_->changed.notify_one();
}

bool Queue::on_own_thread() const {
  return running_core == core_.get();
}

}  // namespace fovea
