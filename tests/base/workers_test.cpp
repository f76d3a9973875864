#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "base/threads.h"

namespace fovea {
namespace {

// Two ranges that wait for each other, so that a helper takes one; what CPUs it may run on.
cpu_set_t cpus_of_a_helper() {
  const int caller = ::gettid();
  std::atomic<int> arrived{0};
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  parallel_for(2, 1, [&](std::int64_t, std::int64_t) {
    ++arrived;
    const auto last = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (arrived < 2 && std::chrono::steady_clock::now() < last) std::this_thread::yield();
    if (::gettid() == caller) return;
    EXPECT_EQ(0, ::sched_getaffinity(0, sizeof cpus, &cpus));
  });
  EXPECT_EQ(arrived, 2);
  return cpus;
}

TEST(Workers, KeepOffTheCpuOfTheThreadThatCallsThem) {
  cpu_set_t usable;
  if (::sched_getaffinity(0, sizeof usable, &usable) != 0) GTEST_SKIP() << "more than 1024 CPUs";
  if (CPU_COUNT(&usable) < 2 || usable_threads() < 2) GTEST_SKIP() << "one CPU";
  cpus_of_a_helper();                                            // makes one
  for (int attempt = 0; attempt < 100; ++attempt) {              // the caller may be moved, a helper may be new
    std::this_thread::sleep_for(std::chrono::milliseconds(11));  // helpers are not moved more often
    const int cpu = ::sched_getcpu();
    const cpu_set_t cpus = cpus_of_a_helper();
    if (!CPU_ISSET(cpu, &cpus) && CPU_COUNT(&cpus) == CPU_COUNT(&usable) - 1) return;
  }
  FAIL() << "no helper kept off";
}

TEST(Workers, LeaveTheCallerItsCpus) {
  cpu_set_t before, after;
  if (::sched_getaffinity(0, sizeof before, &before) != 0) GTEST_SKIP() << "more than 1024 CPUs";
  cpus_of_a_helper();
  ASSERT_EQ(0, ::sched_getaffinity(0, sizeof after, &after));
  EXPECT_TRUE(CPU_EQUAL(&before, &after));
}

}  // namespace
}  // namespace fovea
