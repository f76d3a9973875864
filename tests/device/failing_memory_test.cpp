#include <gtest/gtest.h>

#include <limits>

#include "fovea/memory_adaptors.h"
#include "support/expect_error.h"

namespace fovea {
namespace {

using test::expect_error;

// The requests of the first `count` that fail.
std::vector<int> failing(const FailurePlan& plan, int count) {
  FailingMemory memory(host_memory(), plan);
  std::vector<int> failed;
  for (int request = 1; request <= count; ++request) {
    try {
      memory.deallocate(memory.allocate(8), 8);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), Errc::out_of_memory);
      failed.push_back(request);
    }
  }
  EXPECT_EQ(memory.requests(), static_cast<std::size_t>(count));
  EXPECT_EQ(memory.failures(), failed.size());
  return failed;
}

TEST(FailingMemory, FailsByPlan) {
  EXPECT_EQ(failing(FailurePlan::once(3), 6), (std::vector<int>{3}));
  EXPECT_EQ(failing(FailurePlan::from(4), 6), (std::vector<int>{4, 5, 6}));
  EXPECT_EQ(failing(FailurePlan::every(3), 10), (std::vector<int>{3, 6, 9}));
  EXPECT_EQ(failing(FailurePlan::every(1), 2), (std::vector<int>{1, 2}));
}

// 10000 requests at 0.3: a standard deviation is 46.
TEST(FailingMemory, FailsAtRandomAsOftenAsItIsTold) {
  const std::vector<int> failed = failing(FailurePlan::random(0.3, 1), 10000);
  EXPECT_NEAR(static_cast<double>(failed.size()), 3000, 230);
  EXPECT_EQ(failing(FailurePlan::random(0.3, 1), 10000), failed);
  EXPECT_NE(failing(FailurePlan::random(0.3, 2), 10000), failed);
  EXPECT_TRUE(failing(FailurePlan::random(0, 1), 1000).empty());
  EXPECT_EQ(failing(FailurePlan::random(1, 1), 1000).size(), 1000u);
}

TEST(FailingMemory, SaysWhichRequestAndWithTheCodeAskedFor) {
  FailingMemory memory(host_memory(), FailurePlan::once(2), Errc::device_memory);
  EXPECT_EQ(memory.allocate(0), nullptr);
  memory.deallocate(memory.allocate(5), 5);
  expect_error(Errc::device_memory, "request 2, for 77 bytes", [&] { (void)memory.allocate(77); });
}

TEST(FailingMemory, RefusesPlansThatMakeNoSense) {
  expect_error(Errc::invalid_argument, "request from 1, got 0", [] { (void)FailurePlan::once(0); });
  expect_error(Errc::invalid_argument, "request from 1", [] { (void)FailurePlan::from(0); });
  expect_error(Errc::invalid_argument, "period from 1", [] { (void)FailurePlan::every(0); });
  for (const double p : {-0.1, 1.1, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()})
    expect_error(Errc::invalid_argument, "from 0 to 1", [&] { (void)FailurePlan::random(p, 0); });
}

}  // namespace
}  // namespace fovea
