#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>

#include "fovea/system.h"

namespace fovea {

// What thread_budget() says for a machine whose /sys/fs/cgroup and /proc/self/cgroup lie under `root`.
ThreadBudget read_thread_budget(const std::filesystem::path& root, const char* wish);

// How many threads the calling thread may use for one operation: the budget, or less inside a ThreadLimit.
int usable_threads();

// Lowers usable_threads() of the calling thread while it lives: a worker that is one of many sets 1.
class ThreadLimit {
 public:
  explicit ThreadLimit(int threads);
  ~ThreadLimit();
  ThreadLimit(const ThreadLimit&) = delete;
  ThreadLimit& operator=(const ThreadLimit&) = delete;

 private:
  int before_;
};

// body(begin, end) over [0, count) in ranges of at least `grain`, on usable_threads() threads. The first exception is
// rethrown.
void parallel_for(std::int64_t count, std::int64_t grain, const std::function<void(std::int64_t, std::int64_t)>& body);

}  // namespace fovea
