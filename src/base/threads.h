#pragma once
#include <cstdint>
#include <filesystem>

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

namespace detail {

// A range body by reference: no copy, no allocation.
struct RangeBody {
  const void* object;
  void (*call)(const void* object, std::int64_t begin, std::int64_t end);
  void operator()(std::int64_t begin, std::int64_t end) const { call(object, begin, end); }
};
void run_ranges(std::int64_t count, std::int64_t grain, RangeBody);

}  // namespace detail

// body(begin, end) over [0, count) in ranges of at least `grain`, on usable_threads() threads. The first exception is
// rethrown. Less than two grains cost a plain call.
template <class Body>
void parallel_for(std::int64_t count, std::int64_t grain, const Body& body) {
  if (count <= 0) return;
  if (count == 1 || count / 2 < grain) return body(std::int64_t{0}, count);
  detail::run_ranges(count, grain, {&body, [](const void* object, std::int64_t begin, std::int64_t end) {
                                      (*static_cast<const Body*>(object))(begin, end);
                                    }});
}

}  // namespace fovea
