#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>
#include <tbb/task_scheduler_observer.h>

#include <algorithm>
#include <mutex>
#include <vector>

#include "base/threads.h"
#include "base/workers.h"

namespace fovea {
namespace {

struct Arena : tbb::task_scheduler_observer {
  tbb::task_arena tasks;

  explicit Arena(int threads) : tbb::task_scheduler_observer(tasks), tasks(threads) { observe(true); }
  void on_scheduler_entry(bool is_worker) override {
    if (is_worker) Workers::of_process().joined();
  }
};

// Arenas that no thread holds. None is ever destroyed: oneTBB may leave behind what it allocated for the observer of
// one that is.
class SpareArenas {
 public:
  static SpareArenas& of_process() {
    static SpareArenas* const spare = new SpareArenas;  // threads may end after everything static
    return *spare;
  }
  Arena* take(int threads) {
    const std::lock_guard lock(mutex_);
    for (Arena*& arena : arenas_)
      if (arena->tasks.max_concurrency() == threads) {
        std::swap(arena, arenas_.back());
        Arena* const taken = arenas_.back();
        arenas_.pop_back();
        return taken;
      }
    arenas_.reserve(++made_);  // so that give() has room
    return new Arena(threads);
  }
  void give(Arena* arena) noexcept {
    const std::lock_guard lock(mutex_);
    arenas_.push_back(arena);
  }

 private:
  std::mutex mutex_;
  std::vector<Arena*> arenas_;
  std::size_t made_ = 0;
};

struct HeldArena {
  Arena* arena = nullptr;
  ~HeldArena() {
    if (arena) SpareArenas::of_process().give(arena);
  }
};

// One arena a calling thread: a caller that waits never takes up the work of another caller, whose locks it may hold.
tbb::task_arena& arena(int threads) {
  thread_local HeldArena own;
  if (own.arena == nullptr || own.arena->tasks.max_concurrency() != threads) {
    Arena* const other = SpareArenas::of_process().take(threads);
    if (own.arena) SpareArenas::of_process().give(own.arena);
    own.arena = other;
  }
  return own.arena->tasks;
}

// oneTBB is not built with ThreadSanitizer, which so does not see that helpers start after their caller and end before
// it goes on.
#if defined(__SANITIZE_THREAD__)
extern "C" void __tsan_acquire(void*);
extern "C" void __tsan_release(void*);
void acquire(char& point) {
  __tsan_acquire(&point);
}
void release(char& point) {
  __tsan_release(&point);
}
#else
void acquire(char&) {}
void release(char&) {}
#endif

constexpr std::int64_t ranges_a_thread = 4;  // evens out threads of unequal speed

}  // namespace

void detail::run_ranges(std::int64_t count, std::int64_t grain, RangeBody body) {
  const int threads = usable_threads();
  const std::int64_t ranges = std::min(count / std::max<std::int64_t>(grain, 1), threads * ranges_a_thread);
  if (threads == 1 || ranges <= 1) return body(0, count);
  const std::int64_t length = count / ranges, longer = count % ranges;  // the first `longer` ranges have one more
  Workers::of_process().make_way();
  char start = 0, end = 0;
  release(start);
  arena(threads).execute([&] {
    tbb::parallel_for(
        std::int64_t{0}, ranges,
        [&](std::int64_t i) {
          acquire(start);
          const ThreadLimit inner(1);  // calls from within the body run in place
          const std::int64_t begin = i * length + std::min(i, longer);
          body(begin, begin + length + (i < longer ? 1 : 0));
          release(end);
        },
        tbb::simple_partitioner());
  });
  acquire(end);
}

}  // namespace fovea
