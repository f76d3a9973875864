#include "device/size_class_memory.h"

#include <gtest/gtest.h>

#include <cstring>
#include <thread>
#include <vector>

#include "fovea/array.h"
#include "fovea/memory_adaptors.h"
#include "support/expect_error.h"

namespace fovea {
namespace {

constexpr std::size_t KiB = 1024;

struct SizeClass : testing::Test {
  std::shared_ptr<StatisticsMemory> upstream = std::make_shared<StatisticsMemory>(host_memory());
  SizeClassMemory memory{upstream, 1000 * KiB};
  void use(std::size_t bytes) { memory.deallocate(memory.allocate(bytes), bytes); }
};

TEST_F(SizeClass, HandsABlockOutAgain) {
  void* first = memory.allocate(100 * KiB);
  memory.deallocate(first, 100 * KiB);
  EXPECT_EQ(memory.kept_bytes(), 100 * KiB);
  void* second = memory.allocate(100 * KiB - 1);
  EXPECT_EQ(second, first);
  EXPECT_EQ(memory.kept_bytes(), 0u);
  memory.deallocate(second, 100 * KiB - 1);
  EXPECT_EQ(upstream->statistics().allocations, 1u);
}

// No block is more than 1/16 larger than its request, from the smallest to the largest.
TEST_F(SizeClass, WastesASixteenth) {
  for (std::size_t bytes = 64 * KiB; bytes < 900 * KiB; bytes += 509) {
    void* block = memory.allocate(bytes);
    EXPECT_GE(upstream->statistics().in_use, bytes);
    EXPECT_LE(upstream->statistics().in_use, bytes + bytes / 16);
    memory.deallocate(block, bytes);
    memory.trim(0);
    EXPECT_EQ(upstream->statistics().in_use, 0u);
  }
}

TEST_F(SizeClass, TheCapDropsTheOldest) {
  std::vector<void*> blocks;
  for (std::size_t i = 0; i < 5; ++i) blocks.push_back(memory.allocate((192 + 16 * i) * KiB));
  for (std::size_t i = 0; i < 5; ++i) memory.deallocate(blocks[i], (192 + 16 * i) * KiB);
  EXPECT_LE(memory.kept_bytes(), 1000 * KiB);
  EXPECT_EQ(upstream->statistics().in_use, memory.kept_bytes());
  void* newest = memory.allocate(256 * KiB);
  EXPECT_EQ(newest, blocks[4]);
  memory.deallocate(newest, 256 * KiB);
  const std::size_t before = memory.kept_bytes();
  use(2000 * KiB);
  EXPECT_EQ(memory.kept_bytes(), before);
  memory.trim(300 * KiB);
  EXPECT_LE(memory.kept_bytes(), 300 * KiB);
  EXPECT_GT(memory.kept_bytes(), 0u);
}

TEST_F(SizeClass, SmallBlocksPassThrough) {
  use(10);
  use(64 * KiB - 1);
  EXPECT_EQ(memory.allocate(0), nullptr);
  memory.deallocate(nullptr, 0);
  EXPECT_EQ(upstream->statistics().in_use, 0u);
  EXPECT_EQ(memory.kept_bytes(), 0u);
}

TEST(SizeClassMemory, LetsGoBeforeItFails) {
  SizeClassMemory memory(std::make_shared<LimitMemory>(host_memory(), 500 * KiB), 500 * KiB);
  memory.deallocate(memory.allocate(300 * KiB), 300 * KiB);
  void* block = memory.allocate(400 * KiB);
  memory.deallocate(block, 400 * KiB);
  test::expect_error(Errc::limit_memory, "memory", [&] { (void)memory.allocate(600 * KiB); });
}

TEST(SizeClassMemory, FromManyThreads) {
  const auto upstream = std::make_shared<StatisticsMemory>(host_memory());
  {
    SizeClassMemory memory(upstream, 1000 * KiB);
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

TEST(HostMemory, KeepsAndTrims) {
  trim_host_memory();
  EXPECT_EQ(kept_host_memory(), 0u);
  const std::byte* first = Array::empty({100000}, DType::f64).data();
  EXPECT_GE(kept_host_memory(), 800000u);
  EXPECT_EQ(Array::empty({100000}, DType::f64).data(), first);
  trim_host_memory();
  EXPECT_EQ(kept_host_memory(), 0u);
}

}  // namespace
}  // namespace fovea
