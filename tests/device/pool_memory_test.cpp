#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <cstring>
#include <future>
#include <limits>
#include <map>
#include <random>
#include <thread>
#include <vector>

#include "device/host_memory.h"
#include "fovea/memory_adaptors.h"
#include "support/expect_error.h"

namespace fovea {
namespace {

using test::expect_error;
constexpr std::size_t KiB = 1024;

struct Pool : testing::Test {
  std::shared_ptr<StatisticsMemory> upstream = std::make_shared<StatisticsMemory>(system_memory());
  std::size_t above() const { return upstream->statistics().in_use; }
};

TEST_F(Pool, OneSegmentServesManyBlocks) {
  {
    PoolMemory pool(upstream, {.segment = 64 * KiB});
    std::vector<void*> blocks;
    for (int i = 0; i < 16; ++i) blocks.push_back(pool.allocate(4 * KiB));
    EXPECT_EQ(upstream->statistics().allocations, 1u);
    PoolStatistics counts = pool.statistics();
    EXPECT_EQ(counts.in_use, 64 * KiB);
    EXPECT_EQ(counts.cached, 0u);
    EXPECT_EQ(counts.allocations, 16u);
    EXPECT_EQ(counts.hits, 15u);
    EXPECT_EQ(counts.fragmentation(), 0);
    for (void* block : blocks) pool.deallocate(block, 4 * KiB);
    counts = pool.statistics();
    EXPECT_EQ(counts.in_use, 0u);
    EXPECT_EQ(counts.high_water, 64 * KiB);
    EXPECT_EQ(counts.cached, 64 * KiB);
    EXPECT_EQ(counts.largest_free, 64 * KiB);
    EXPECT_EQ(counts.segments, 1u);
    EXPECT_EQ(above(), 64 * KiB);
  }
  EXPECT_EQ(above(), 0u);
}

// 16 blocks of 1 KiB, every second one free: 8 KiB cached, none larger than 1 KiB.
TEST_F(Pool, Fragmentation) {
  PoolMemory pool(upstream, {.segment = 16 * KiB});
  std::vector<void*> blocks;
  for (int i = 0; i < 16; ++i) blocks.push_back(pool.allocate(KiB));
  for (std::size_t i = 0; i < 16; i += 2) pool.deallocate(blocks[i], KiB);
  EXPECT_EQ(pool.statistics().cached, 8 * KiB);
  EXPECT_EQ(pool.statistics().largest_free, KiB);
  EXPECT_DOUBLE_EQ(pool.statistics().fragmentation(), 1 - 1.0 / 8);
  for (std::size_t i = 1; i < 16; i += 2) pool.deallocate(blocks[i], KiB);
  EXPECT_EQ(pool.statistics().fragmentation(), 0);
}

TEST_F(Pool, LargeRequestsHaveASegmentOfTheirOwn) {
  PoolMemory pool(upstream, {.segment = 4 * KiB});
  void* block = pool.allocate(10 * KiB + 1);
  EXPECT_EQ(above(), 10 * KiB + 256);
  pool.deallocate(block, 10 * KiB + 1);
  EXPECT_EQ(pool.allocate(10 * KiB), block);
  pool.deallocate(block, 10 * KiB);
}

TEST_F(Pool, StartsWithWhatItIsTold) {
  PoolMemory pool(upstream, {.initial = 8 * KiB, .segment = 4 * KiB});
  EXPECT_EQ(above(), 8 * KiB);
  void* block = pool.allocate(8 * KiB);
  EXPECT_EQ(pool.statistics().hits, 1u);
  EXPECT_EQ(upstream->statistics().allocations, 1u);
  pool.deallocate(block, 8 * KiB);
}

TEST_F(Pool, TrimGivesWholeSegmentsBackOldestFirst) {
  PoolMemory pool(upstream, {.segment = 4 * KiB});
  void* first = pool.allocate(4 * KiB);
  void* second = pool.allocate(4 * KiB);
  void* third = pool.allocate(KiB);
  pool.deallocate(second, 4 * KiB);
  pool.deallocate(first, 4 * KiB);
  EXPECT_EQ(pool.statistics().cached, 11 * KiB);
  pool.trim(11 * KiB);
  EXPECT_EQ(above(), 12 * KiB);
  pool.trim(7 * KiB);
  EXPECT_EQ(above(), 8 * KiB);
  EXPECT_EQ(pool.allocate(4 * KiB), first);
  pool.deallocate(first, 4 * KiB);
  pool.trim();
  EXPECT_EQ(above(), 4 * KiB);  // a part of it is in use
  EXPECT_EQ(pool.statistics().segments, 1u);
  pool.deallocate(third, KiB);
  pool.trim();
  EXPECT_EQ(above(), 0u);
}

TEST_F(Pool, KeepsNoMoreThanItIsTold) {
  PoolMemory pool(upstream, {.segment = 4 * KiB, .keep = 8 * KiB});
  std::vector<void*> blocks;
  for (int i = 0; i < 4; ++i) blocks.push_back(pool.allocate(4 * KiB));
  for (void* block : blocks) pool.deallocate(block, 4 * KiB);
  EXPECT_EQ(above(), 8 * KiB);
  void* const kept = std::min(blocks[2], blocks[3], std::less<>());  // of two that fit as well, the lower
  EXPECT_EQ(pool.allocate(4 * KiB), kept);
  pool.deallocate(kept, 4 * KiB);
}

TEST_F(Pool, GrowsToItsMaximum) {
  PoolMemory pool(upstream, {.maximum = 10 * KiB, .segment = 8 * KiB});
  void* large = pool.allocate(8 * KiB);
  void* small = pool.allocate(KiB);  // the second segment is what is left, 2 KiB
  EXPECT_EQ(above(), 10 * KiB);
  expect_error(Errc::limit_memory, "at most 1024 more bytes of 10240, in one piece, got a request for 1025",
               [&] { (void)pool.allocate(KiB + 1); });
  expect_error(Errc::limit_memory, "at most 10240 bytes, got a request for 10241",
               [&] { (void)pool.allocate(10 * KiB + 1); });
  expect_error(Errc::limit_memory, "got a request for 18446744073709551615",
               [&] { (void)pool.allocate(std::numeric_limits<std::size_t>::max()); });
  pool.deallocate(small, KiB);
  pool.deallocate(large, 8 * KiB);
  void* all = pool.allocate(10 * KiB);  // in place of both segments
  EXPECT_EQ(pool.statistics().segments, 1u);
  pool.deallocate(all, 10 * KiB);
}

TEST_F(Pool, GivesFreeSegmentsBackBeforeItFails) {
  PoolMemory pool(std::make_shared<LimitMemory>(upstream, 10 * KiB), {.segment = 8 * KiB});
  pool.deallocate(pool.allocate(KiB), KiB);
  void* block = pool.allocate(9 * KiB);
  EXPECT_EQ(above(), 9 * KiB);
  void* exact = pool.allocate(KiB);  // no room for a usual segment
  EXPECT_EQ(above(), 10 * KiB);
  expect_error(Errc::limit_memory, "at most 0 more bytes of 10240", [&] { (void)pool.allocate(1); });
  expect_error(Errc::limit_memory, "of 10240, got a request for 11264", [&] { (void)pool.allocate(11 * KiB); });
  EXPECT_EQ(pool.statistics().in_use, 10 * KiB);
  pool.deallocate(block, 9 * KiB);
  pool.deallocate(exact, KiB);
}

TEST_F(Pool, RefusesWhatMakesNoSense) {
  expect_error(Errc::invalid_argument, "null", [] { PoolMemory pool(nullptr); });
  expect_error(Errc::invalid_argument, "got 0", [&] { PoolMemory pool(upstream, {.segment = 0}); });
  expect_error(Errc::invalid_argument, "at most the maximum, 5 bytes, got 6",
               [&] { PoolMemory pool(upstream, {.initial = 6, .maximum = 5}); });
  expect_error(Errc::limit_memory, "of 100",
               [&] { PoolMemory pool(std::make_shared<LimitMemory>(upstream, 100), {.initial = 512}); });
  EXPECT_EQ(above(), 0u);
}

TEST_F(Pool, IgnoresWhatIsNotItsOwn) {
  PoolMemory pool(upstream, {.segment = 4 * KiB});
  EXPECT_EQ(pool.allocate(0), nullptr);
  pool.deallocate(nullptr, 0);
  void* block = pool.allocate(KiB);
  int other = 0;
  pool.deallocate(&other, sizeof(other));
  pool.deallocate(static_cast<std::byte*>(block) + 256, 256);
  EXPECT_EQ(pool.statistics().in_use, KiB);
  pool.deallocate(block, KiB);
  pool.deallocate(block, KiB);
  EXPECT_EQ(pool.statistics().in_use, 0u);
  EXPECT_EQ(pool.statistics().cached, 4 * KiB);
}

// What a pool must agree with: the live blocks alone, filled with a byte of their own.
class Model {
 public:
  void add(std::byte* block, std::size_t bytes) {
    const auto [at, fresh] = live_.emplace(block, bytes);
    ASSERT_TRUE(fresh);
    ASSERT_TRUE(at == live_.begin() || std::prev(at)->first + std::prev(at)->second <= block);
    ASSERT_TRUE(std::next(at) == live_.end() || block + bytes <= std::next(at)->first);
    std::memset(block, static_cast<int>(bytes % 251), bytes);
    rounded += (bytes + 255) / 256 * 256;
    most = std::max(most, rounded);
  }
  std::pair<std::byte*, std::size_t> remove(std::size_t which) {
    const auto at = std::next(live_.begin(), static_cast<std::ptrdiff_t>(which));
    const std::pair<std::byte*, std::size_t> block = *at;
    EXPECT_EQ(block.first[0], static_cast<std::byte>(block.second % 251));
    EXPECT_EQ(block.first[block.second - 1], static_cast<std::byte>(block.second % 251));
    live_.erase(at);
    rounded -= (block.second + 255) / 256 * 256;
    return block;
  }
  std::size_t size() const { return live_.size(); }

  std::size_t rounded = 0, most = 0;  // bytes in whole units

 private:
  std::map<std::byte*, std::size_t> live_;
};

void expect_agreement(const PoolMemory& pool, const Model& model, std::size_t above) {
  const PoolStatistics counts = pool.statistics();
  EXPECT_EQ(counts.in_use, model.rounded);
  EXPECT_EQ(counts.high_water, model.most);
  EXPECT_EQ(counts.in_use + counts.cached, above);
  EXPECT_LE(counts.largest_free, counts.cached);
}

// Grows for 2000 steps, shrinks for 2000, and so on.
TEST_F(Pool, RandomTraffic) {
  std::mt19937_64 random(20);
  for (const std::size_t segment : {4 * KiB, 64 * KiB, 1024 * KiB}) {
    {
      PoolMemory pool(upstream, {.segment = segment, .keep = 512 * KiB});
      Model model;
      for (int step = 0; step < 20000 && !HasFailure(); ++step) {
        if (model.size() == 0 || random() % 100 < (step % 4000 < 2000 ? 60u : 40u)) {
          const std::size_t bytes = 1 + random() % (random() % 10 == 0 ? 40 * KiB : 2 * KiB);
          model.add(static_cast<std::byte*>(pool.allocate(bytes)), bytes);
        } else {
          const auto [block, bytes] = model.remove(random() % model.size());
          pool.deallocate(block, bytes);
        }
        if (step % 1000 == 0) pool.trim(random() % (256 * KiB));
        if (step % 100 == 0) expect_agreement(pool, model, above());
      }
      while (model.size() != 0) {
        const auto [block, bytes] = model.remove(0);
        pool.deallocate(block, bytes);
      }
      expect_agreement(pool, model, above());
      EXPECT_LE(pool.statistics().cached, 512 * KiB);
    }
    EXPECT_EQ(above(), 0u);
  }
}

// At most 8 x 24 KiB are in use, in segments of up to 25 KiB; more than that is never refused.
TEST_F(Pool, FromManyThreads) {
  {
    PoolMemory pool(std::make_shared<LimitMemory>(upstream, 512 * KiB), {.segment = 25 * KiB, .keep = 64 * KiB});
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i <= 8; ++i)
      threads.emplace_back([&pool, i] {
        for (std::size_t k = 0; k < 300; ++k) {
          const std::size_t bytes = (k * 37 + i * 101) % (24 * KiB) + 1;
          auto* block = static_cast<std::byte*>(pool.allocate(bytes));
          std::memset(block, static_cast<int>(i), bytes);
          EXPECT_EQ(block[bytes - 1], static_cast<std::byte>(i));
          pool.deallocate(block, bytes);
          if (k % 50 == 0) pool.trim();
        }
      });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(pool.statistics().allocations, 2400u);
    EXPECT_EQ(pool.statistics().in_use, 0u);
    EXPECT_EQ(pool.statistics().cached, above());
  }
  EXPECT_EQ(above(), 0u);
}

// Addresses where there is nothing: as a device's, they cannot be read or written.
class NoMemory final : public Memory {
 public:
  void* allocate(std::size_t bytes) override {
    const std::uintptr_t at = next_;
    next_ += bytes;
    return reinterpret_cast<void*>(at);
  }
  void deallocate(void*, std::size_t bytes) noexcept override { returned += bytes; }
  Device device() const override { return Device::cuda(3); }

  std::size_t returned = 0;

 private:
  std::uintptr_t next_ = 4096;
};

TEST_F(Pool, TouchesNoByte) {
  const auto nothing = std::make_shared<NoMemory>();
  {
    PoolMemory pool(nothing, {.segment = 4 * KiB});
    EXPECT_EQ(pool.device(), Device::cuda(3));
    std::vector<void*> blocks;
    for (int i = 0; i < 40; ++i) blocks.push_back(pool.allocate(300));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(blocks[0]), 4096u);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(blocks[1]), 4096u + 512);
    for (void* block : blocks) pool.deallocate(block, 300);
    EXPECT_EQ(pool.statistics().segments, 5u);
    EXPECT_EQ(pool.statistics().largest_free, 4 * KiB);
  }
  EXPECT_EQ(nothing->returned, 20 * KiB);
}

// Has room for one block, and holds the first on its way back until two requests have been refused for it.
class SlowMemory final : public Memory {
 public:
  void* allocate(std::size_t bytes) override {
    if (!taken_.exchange(true)) return system_memory()->allocate(bytes);
    if (++refusals_ == 2) refused_twice_.set_value();
    throw Error(Errc::out_of_memory, "slow memory: used up");
  }
  void deallocate(void* pointer, std::size_t bytes) noexcept override {
    if (slow_.exchange(false)) {
      returning.set_value();
      refused_twice_.get_future().wait();
    }
    system_memory()->deallocate(pointer, bytes);
    taken_ = false;
  }
  Device device() const override { return Device::cpu(); }

  std::promise<void> returning;

 private:
  std::promise<void> refused_twice_;
  std::atomic<bool> taken_{false}, slow_{true};
  std::atomic<int> refusals_{0};
};

TEST_F(Pool, WaitsForWhatIsOnItsWayBack) {
  const auto slow = std::make_shared<SlowMemory>();
  PoolMemory pool(slow, {.segment = 4 * KiB, .keep = 0});
  void* block = pool.allocate(4 * KiB);
  std::thread other([&] { pool.deallocate(block, 4 * KiB); });
  slow->returning.get_future().wait();
  void* again = pool.allocate(4 * KiB);
  EXPECT_NE(again, nullptr);
  other.join();
  pool.deallocate(again, 4 * KiB);
}

TEST_F(Pool, WhatTheUpstreamRefusedDoesNotCount) {
  const auto limit = std::make_shared<LimitMemory>(upstream, 8 * KiB);
  PoolMemory pool(limit, {.maximum = 8 * KiB, .segment = 4 * KiB});
  void* others = limit->allocate(6 * KiB);
  for (int i = 0; i < 3; ++i) expect_error(Errc::limit_memory, "2048", [&] { (void)pool.allocate(4 * KiB); });
  limit->deallocate(others, 6 * KiB);
  void* block = pool.allocate(8 * KiB);
  pool.deallocate(block, 8 * KiB);
}

}  // namespace
}  // namespace fovea
