#include "base/workers.h"

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
  bool seen = false;

  ~Self() {
    if (!worker) return;
    const std::lock_guard lock(of_process().mutex_);
    worker->thread = 0;
  }
};

Workers::Workers() : process_(::getpid()) {}

Workers& Workers::of_process() {
  static Workers* const workers = new Workers;  // helpers may end after everything static
  return *workers;
}

void Workers::joined() {
  thread_local Self self;
  if (self.seen) return;
  self.seen = true;
  Worker worker;
  worker.thread = ::gettid();
  if (::sched_getaffinity(0, sizeof worker.given, &worker.given) != 0) return;
  worker.applied = worker.given;
  const std::lock_guard lock(mutex_);
  for (int i = 0; i < most; ++i)
    if (workers_[i].thread == 0) {
      workers_[i] = worker;
      self.worker = workers_ + i;
      count_ = std::max(count_, i + 1);
      current_ = -1;
      return;
    }
}

void Workers::make_way() {
  const int cpu = ::sched_getcpu();
  if (cpu < 0 || cpu >= CPU_SETSIZE || cpu == current_.load(std::memory_order_relaxed)) return;
  if (::getpid() != process_) return;  // a fork: the helpers are its parent's
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock) return;  // another caller does it
  const std::int64_t time = now();
  bool all = true;
  for (int i = 0; i < count_; ++i) {
    Worker& w = workers_[i];
    if (w.thread == 0 || w.kept_off == cpu) continue;
    if (w.kept_off >= 0 && time - w.since < least_between) {
      all = false;
    } else if (keep_off(w, cpu)) {
      w.kept_off = cpu;
      w.since = time;
    }
  }
  if (all) current_ = cpu;
}

// False: it has nowhere else to run, or has ended.
bool Workers::keep_off(Worker& w, int cpu) {
  cpu_set_t cpus;
  if (::sched_getaffinity(w.thread, sizeof cpus, &cpus) != 0) return false;
  if (!CPU_EQUAL(&cpus, &w.applied)) w.given = cpus;  // others have changed it meanwhile
  cpus = w.given;
  CPU_CLR(cpu, &cpus);
  if (CPU_COUNT(&cpus) == 0 || ::sched_setaffinity(w.thread, sizeof cpus, &cpus) != 0) return false;
  w.applied = cpus;
  return true;
}

}  // namespace fovea
