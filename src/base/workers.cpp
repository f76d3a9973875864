#include "base/workers.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

namespace fovea {
namespace {

constexpr std::int64_t least_between = 10'000'000;  // ns from one move of a helper to the next

std::int64_t now() {
  return std::chrono::steady_clock::now().time_since_epoch().count();
}

}  // namespace

struct Workers::Self {
  Worker* worker = nullptr;

  ~Self() {
    if (!worker) return;
    const std::lock_guard lock(of_process().mutex_);
    worker->thread = 0;
  }
};

Workers& Workers::of_process() {
  static Workers* const workers = new Workers;  // helpers may end after everything static
  return *workers;
}

void Workers::joined() {
  thread_local Self self;
  if (self.worker) return;
  const std::lock_guard lock(mutex_);
  for (int i = 0; i < most && !self.worker; ++i)
    if (i == count_ || workers_[i].thread == 0) {
      workers_[i] = Worker{::gettid()};
      self.worker = workers_ + i;
      count_ = std::max(count_, i + 1);
    }
  current_ = -1;
}

void Workers::make_way() {
  const int cpu = ::sched_getcpu();
  if (cpu == current_.load(std::memory_order_relaxed)) return;
  const std::unique_lock lock(mutex_, std::try_to_lock);  // another caller does it
  cpu_set_t usable;
  if (!lock || ::sched_getaffinity(0, sizeof usable, &usable) != 0 || CPU_COUNT(&usable) < 2) return;
  CPU_CLR(cpu, &usable);
  const std::int64_t time = now();
  bool all = true;
  for (int i = 0; i < count_; ++i) {
    Worker& w = workers_[i];
    if (w.thread == 0 || w.kept_off == cpu) continue;
    if (time - w.since < least_between) {
      all = false;
    } else if (::sched_setaffinity(w.thread, sizeof usable, &usable) == 0) {
      w.kept_off = cpu;
      w.since = time;
    }
  }
  if (all) current_ = cpu;
}

}  // namespace fovea
