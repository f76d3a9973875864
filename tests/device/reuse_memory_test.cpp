#include "device/reuse_memory.h"

#include <gtest/gtest.h>

#include <cstring>
#include <thread>
#include <vector>

#include "fovea/memory_adaptors.h"
#include "support/expect_error.h"

namespace fovea {
namespace {

constexpr std::size_t KiB = 1024;

struct Reuse : testing::Test {
  std::shared_ptr<StatisticsMemory> upstream = std::make_shared<StatisticsMemory>(host_memory());
  ReuseMemory memory{upstream, 1000 * KiB};
};

TEST_F(Reuse, HandsABlockOutAgain) {
  void* first = memory.allocate(100 * KiB);
  memory.deallocate(first, 100 * KiB);
  EXPECT_EQ(memory.kept_bytes(), 100 * KiB);
  void* second = memory.allocate(90 * KiB);
  EXPECT_EQ(second, first);
  EXPECT_EQ(memory.kept_bytes(), 0u);
  memory.deallocate(second, 90 * KiB);
  EXPECT_EQ(memory.kept_bytes(), 100 * KiB);  // the block's own size, not the request's
  EXPECT_EQ(upstream->statistics().allocations, 1u);
}

TEST_F(Reuse, TakesTheSmallestThatFits) {
  void* large = memory.allocate(200 * KiB);
  void* middle = memory.allocate(150 * KiB);
  void* small = memory.allocate(100 * KiB);
  memory.deallocate(large, 200 * KiB);
  memory.deallocate(middle, 150 * KiB);
  memory.deallocate(small, 100 * KiB);
  void* got = memory.allocate(120 * KiB);
  EXPECT_EQ(got, middle);
  memory.deallocate(got, 120 * KiB);
}

TEST_F(Reuse, WastesNoMoreThanHalfABlock) {
  memory.deallocate(memory.allocate(400 * KiB), 400 * KiB);
  void* block = memory.allocate(199 * KiB);
  EXPECT_EQ(upstream->statistics().allocations, 2u);
  memory.deallocate(block, 199 * KiB);
}

TEST_F(Reuse, TheCapDropsTheOldest) {
  std::vector<void*> blocks;
  for (int i = 0; i < 4; ++i) blocks.push_back(memory.allocate(300 * KiB));
  for (void* block : blocks) memory.deallocate(block, 300 * KiB);
  EXPECT_EQ(memory.kept_bytes(), 900 * KiB);
  EXPECT_EQ(upstream->statistics().in_use, 900 * KiB);
  void* too_large = memory.allocate(1001 * KiB);
  memory.deallocate(too_large, 1001 * KiB);
  EXPECT_EQ(memory.kept_bytes(), 900 * KiB);
}

TEST_F(Reuse, SmallBlocksPassThrough) {
  memory.deallocate(memory.allocate(10), 10);
  EXPECT_EQ(memory.allocate(0), nullptr);
  memory.deallocate(nullptr, 0);
  EXPECT_EQ(upstream->statistics().in_use, 0u);
  EXPECT_EQ(memory.kept_bytes(), 0u);
}

TEST_F(Reuse, ReleaseGivesAllBack) {
  memory.deallocate(memory.allocate(100 * KiB), 100 * KiB);
  memory.release();
  EXPECT_EQ(memory.kept_bytes(), 0u);
  EXPECT_EQ(upstream->statistics().in_use, 0u);
}

TEST(ReuseMemory, LetsGoBeforeItFails) {
  ReuseMemory memory(std::make_shared<LimitMemory>(host_memory(), 500 * KiB), 500 * KiB);
  memory.deallocate(memory.allocate(300 * KiB), 300 * KiB);
  void* block = memory.allocate(400 * KiB);
  memory.deallocate(block, 400 * KiB);
  test::expect_error(Errc::limit_memory, "memory", [&] { (void)memory.allocate(600 * KiB); });
}

TEST(ReuseMemory, FromManyThreads) {
  const auto upstream = std::make_shared<StatisticsMemory>(host_memory());
  {
    ReuseMemory memory(upstream, 1000 * KiB);
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i <= 8; ++i)
      threads.emplace_back([&memory, i] {
        for (int k = 0; k < 100; ++k) {
          const std::size_t bytes = (64 + 7 * i) * KiB;
          auto* block = static_cast<std::byte*>(memory.allocate(bytes));
          std::memset(block, static_cast<int>(i), bytes);
          EXPECT_EQ(block[bytes - 1], static_cast<std::byte>(i));
          memory.deallocate(block, bytes);
        }
      });
    for (std::thread& thread : threads) thread.join();
    EXPECT_LE(memory.kept_bytes(), 1000 * KiB);
  }
  EXPECT_EQ(upstream->statistics().in_use, 0u);
}

}  // namespace
}  // namespace fovea
