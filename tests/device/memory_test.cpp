#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <limits>
#include <thread>
#include <vector>

#include "fovea/error.h"
#include "fovea/memory_adaptors.h"
#include "support/expect_error.h"

namespace fovea {
namespace {

using test::expect_error;
constexpr std::size_t MiB = std::size_t{1} << 20;

struct Case {
  std::size_t bytes, alignment;
};

TEST(HostMemory, Alignment) {
  const auto memory = host_memory();
  for (const Case& c :
       {Case{1, 64}, {63, 64}, {65, 64}, {2 * MiB - 1, 64}, {2 * MiB, 2 * MiB}, {5 * MiB + 3, 2 * MiB}}) {
    void* block = memory->allocate(c.bytes);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % c.alignment, 0u) << c.bytes;
    std::memset(block, 1, c.bytes);
    memory->deallocate(block, c.bytes);
  }
  EXPECT_EQ(memory->device(), Device::cpu());
}

TEST(HostMemory, NothingIsNull) {
  EXPECT_EQ(host_memory()->allocate(0), nullptr);
  host_memory()->deallocate(nullptr, 0);
}

TEST(HostMemory, HugeRequestsAreErrors) {
  for (std::size_t bytes : {std::numeric_limits<std::size_t>::max(), std::numeric_limits<std::size_t>::max() - 63,
                            std::size_t{1} << 63, std::size_t{1} << 47})
    expect_error(Errc::out_of_memory, std::to_string(bytes), [&] { (void)host_memory()->allocate(bytes); });
}

TEST(StatisticsMemory, Counts) {
  StatisticsMemory memory(host_memory());
  void* a = memory.allocate(100);
  void* b = memory.allocate(50);
  memory.deallocate(a, 100);
  void* c = memory.allocate(20);
  EXPECT_EQ(memory.allocate(0), nullptr);
  MemoryStatistics counts = memory.statistics();
  EXPECT_EQ(counts.in_use, 70u);
  EXPECT_EQ(counts.high_water, 150u);
  EXPECT_EQ(counts.allocations, 3u);
  memory.deallocate(b, 50);
  memory.deallocate(c, 20);
  EXPECT_EQ(memory.statistics().in_use, 0u);
  EXPECT_EQ(memory.device(), Device::cpu());
}

TEST(StatisticsMemory, AFailureCountsNothing) {
  StatisticsMemory memory(std::make_shared<LimitMemory>(host_memory(), 10));
  expect_error(Errc::limit_memory, "11", [&] { (void)memory.allocate(11); });
  EXPECT_EQ(memory.statistics().in_use, 0u);
  EXPECT_EQ(memory.statistics().allocations, 0u);
}

TEST(LimitMemory, Boundary) {
  LimitMemory memory(host_memory(), 100);
  void* a = memory.allocate(60);
  expect_error(Errc::limit_memory, "at most 40 more bytes of 100, got a request for 41",
               [&] { (void)memory.allocate(41); });
  void* b = memory.allocate(40);
  expect_error(Errc::limit_memory, "at most 0 more", [&] { (void)memory.allocate(1); });
  memory.deallocate(a, 60);
  expect_error(Errc::limit_memory, "memory", [&] { (void)memory.allocate(std::numeric_limits<std::size_t>::max()); });
  a = memory.allocate(60);
  memory.deallocate(a, 60);
  memory.deallocate(b, 40);
}

TEST(LimitMemory, GivesBackWhatTheUpstreamRefused) {
  LimitMemory memory(std::make_shared<LimitMemory>(host_memory(), 50), 100);
  expect_error(Errc::limit_memory, "of 50", [&] { (void)memory.allocate(80); });
  void* block = memory.allocate(50);
  memory.deallocate(block, 50);
}

TEST(Memory, FromManyThreads) {
  const auto statistics = std::make_shared<StatisticsMemory>(host_memory());
  LimitMemory memory(statistics, std::size_t{8} * 1000);
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      for (int k = 0; k < 200; ++k) memory.deallocate(memory.allocate(1000), 1000);
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(statistics->statistics().in_use, 0u);
  EXPECT_EQ(statistics->statistics().allocations, 1600u);
}

}  // namespace
}  // namespace fovea
