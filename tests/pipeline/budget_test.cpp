#include "pipeline/budget.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include "support/expect_error.h"

namespace fovea::pipeline {
namespace {

using test::expect_error;

TEST(Budget, NeverGivesOutMoreThanThereIs) {
  Budget budget(100);
  std::atomic<std::int64_t> out = 0, most = 0;
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 500; ++i) {
        const std::int64_t bytes = 1 + (i * 37 + t * 11) % 100;
        const Budget::Lease lease = budget.admit(bytes);
        const std::int64_t now = out += bytes;
        for (std::int64_t seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
        }
        out -= bytes;
      }
    });
  threads.clear();
  EXPECT_LE(most, 100);
  EXPECT_LE(budget.most(), 100);
  EXPECT_GE(budget.most(), 90);
}

TEST(Budget, AGiantWaitsForRoomAndIsNotOvertaken) {
  Budget budget(100);
  auto small = std::make_unique<Budget::Lease>(budget.admit(10));
  std::promise<void> giant_in;
  std::jthread giant([&] {
    const Budget::Lease lease = budget.admit(100);
    giant_in.set_value();
  });
  auto in = giant_in.get_future();
  // The giant's place in the line is taken once its wait has begun to count.
  while (in.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready && budget.waiting() == 0) {
  }
  std::jthread later([&] {
    const Budget::Lease lease = budget.admit(1);
    EXPECT_EQ(in.wait_for(std::chrono::seconds(0)), std::future_status::ready) << "overtook the giant";
  });
  small.reset();
}

TEST(Budget, MoreThanThereIsAtAllIsRefused) {
  Budget budget(100);
  expect_error(Errc::limit_memory, "needs 101 bytes, the budget is 100", [&] { budget.admit(101); });
  const Budget::Lease all = budget.admit(100);
}

}  // namespace
}  // namespace fovea::pipeline
