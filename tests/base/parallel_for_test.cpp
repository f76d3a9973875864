#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/threads.h"

namespace fovea {
namespace {

TEST(ParallelFor, CoversEachIndexOnceInRangesOfTheGrain) {
  for (std::int64_t count : {0, 1, 7, 8, 9, 100, 4096, 4099})
    for (std::int64_t grain : {-3, 0, 1, 8, 1000, 5000}) {
      std::vector<std::atomic<int>> hits(static_cast<std::size_t>(count));
      parallel_for(count, grain, [&](std::int64_t begin, std::int64_t end) {
        EXPECT_GE(end - begin, std::min(count, std::max<std::int64_t>(grain, 1)));
        for (std::int64_t i = begin; i < end; ++i) ++hits[static_cast<std::size_t>(i)];
      });
      for (const auto& hit : hits) EXPECT_EQ(hit, 1);
    }
}

TEST(ParallelFor, SmallOrLimitedWorkRunsInPlace) {
  const auto here = std::this_thread::get_id();
  const auto in_place = [&](std::int64_t, std::int64_t) { EXPECT_EQ(std::this_thread::get_id(), here); };
  parallel_for(100, 100, in_place);
  const ThreadLimit one(1);
  int calls = 0;
  parallel_for(1 << 20, 1, [&](std::int64_t begin, std::int64_t end) {
    in_place(begin, end);
    ++calls;
  });
  EXPECT_EQ(calls, 1);
}

TEST(ParallelFor, UsesNoMoreThreadsThanAllowed) {
  std::mutex mutex;
  std::set<std::thread::id> threads;
  parallel_for(10000, 1, [&](std::int64_t, std::int64_t) {
    const std::lock_guard lock(mutex);
    threads.insert(std::this_thread::get_id());
  });
  EXPECT_LE(static_cast<int>(threads.size()), usable_threads());
}

TEST(ParallelFor, NestedCallsRunInPlace) {
  std::atomic<std::int64_t> sum{0};
  parallel_for(64, 1, [&](std::int64_t begin, std::int64_t end) {
    const auto here = std::this_thread::get_id();
    for (std::int64_t i = begin; i < end; ++i)
      parallel_for(1000, 1, [&](std::int64_t first, std::int64_t last) {
        EXPECT_EQ(std::this_thread::get_id(), here);
        sum += last - first;
      });
  });
  EXPECT_EQ(sum, 64000);
}

TEST(ParallelFor, RethrowsAndWorksAgain) {
  EXPECT_THROW(parallel_for(1000, 1,
                            [](std::int64_t begin, std::int64_t) {
                              if (begin >= 0) throw std::runtime_error("no");
                            }),
               std::runtime_error);
  const int before = usable_threads();
  std::atomic<std::int64_t> sum{0};
  parallel_for(1000, 1, [&](std::int64_t begin, std::int64_t end) { sum += end - begin; });
  EXPECT_EQ(sum, 1000);
  EXPECT_EQ(usable_threads(), before);
}

TEST(ParallelFor, ManyCallers) {
  std::atomic<std::int64_t> sum{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 8; ++i)
    callers.emplace_back([&] {
      for (int k = 0; k < 20; ++k)
        parallel_for(500, 1, [&](std::int64_t begin, std::int64_t end) { sum += end - begin; });
    });
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(sum, 8 * 20 * 500);
}

TEST(ParallelFor, ManyCallersWithExceptionsNestingAndLimits) {
  std::atomic<std::int64_t> sum{0};
  std::atomic<int> thrown{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 6; ++i)
    callers.emplace_back([&, i] {
      for (int k = 0; k < 40; ++k) {
        const ThreadLimit limit(1 + (i + k) % 3);  // thread counts change from call to call
        try {
          parallel_for(100, 1, [&](std::int64_t begin, std::int64_t end) {
            parallel_for(end - begin, 1, [&](std::int64_t first, std::int64_t last) { sum += last - first; });
            if (k % 8 == i) throw std::runtime_error("no");
          });
        } catch (const std::runtime_error&) {
          ++thrown;
        }
      }
    });
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(thrown, 6 * 5);
  EXPECT_GE(sum, 6 * 35 * 100);
}

TEST(ParallelFor, FollowsTheBudget) {
  const int before = thread_budget().threads;
  set_thread_budget(1);
  int calls = 0;
  parallel_for(1000, 1, [&](std::int64_t, std::int64_t) { ++calls; });
  EXPECT_EQ(calls, 1);
  set_thread_budget(before);
  std::atomic<int> ranges{0};
  parallel_for(1000, 1, [&](std::int64_t, std::int64_t) { ++ranges; });
  EXPECT_EQ(ranges, before == 1 ? 1 : 4 * before);
}

TEST(ParallelFor, TakesAnyCallableAndHugeGrains) {
  std::int64_t covered = 0;
  const std::function<void(std::int64_t, std::int64_t)> body = [&](std::int64_t begin, std::int64_t end) {
    covered += end - begin;
  };
  parallel_for(10, INT64_MAX, body);
  parallel_for(INT64_MAX, INT64_MAX, [&](std::int64_t begin, std::int64_t end) { covered += begin == 0 && end > 0; });
  parallel_for(-5, 1, body);
  EXPECT_EQ(covered, 11);
}

}  // namespace
}  // namespace fovea
