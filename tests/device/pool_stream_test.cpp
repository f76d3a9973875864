// Blocks freed in the order of a stream.
#include <gtest/gtest.h>

#include <future>
#include <random>
#include <thread>

#include "device/host_memory.h"
#include "fovea/graph.h"
#include "fovea/memory_adaptors.h"
#include "support/expect_error.h"

namespace fovea {
namespace {

constexpr std::size_t KiB = 1024;

// Keeps a stream from passing until release().
class Hold {
 public:
  explicit Hold(Stream stream) : stream_(std::move(stream)) {
    stream_.call("hold", [opened = gate_.get_future().share()] { opened.wait(); });
  }
  ~Hold() { release(); }
  void release() {
    if (!std::exchange(held_, false)) return;
    gate_.set_value();
    stream_.synchronize();
  }

 private:
  Stream stream_;
  std::promise<void> gate_;
  bool held_ = true;
};

struct PoolStream : testing::Test {
  std::shared_ptr<StatisticsMemory> upstream = std::make_shared<StatisticsMemory>(system_memory());
  std::shared_ptr<PoolMemory> make(PoolOptions options = {.segment = 4 * KiB}) {
    return std::make_shared<PoolMemory>(upstream, options);
  }
  std::size_t above() const { return upstream->statistics().in_use; }
  Stream a, b;
};

TEST_F(PoolStream, ItsOwnStreamHasABlockAtOnceOthersOnceItHasPassed) {
  const auto pool = make();
  Hold hold(a);
  void* block = pool->allocate_async(4 * KiB, a);
  pool->deallocate_async(block, 4 * KiB, a);
  EXPECT_EQ(pool->statistics().cached, 4 * KiB);
  EXPECT_EQ(pool->allocate_async(4 * KiB, a), block);
  pool->deallocate_async(block, 4 * KiB, a);

  void* of_b = pool->allocate_async(4 * KiB, b);
  EXPECT_NE(of_b, block);
  void* of_all = pool->allocate(4 * KiB);
  EXPECT_NE(of_all, block);
  hold.release();
  EXPECT_EQ(pool->allocate_async(4 * KiB, b), block);
  for (void* each : {block, of_b, of_all}) pool->deallocate(each, 4 * KiB);
}

TEST_F(PoolStream, APassedStreamsBlockIsForEverybodyAtOnce) {
  const auto pool = make();
  a.synchronize();
  void* block = pool->allocate_async(4 * KiB, a);
  pool->deallocate_async(block, 4 * KiB, a);
  EXPECT_EQ(pool->allocate(4 * KiB), block);
  pool->deallocate(block, 4 * KiB);
}

TEST_F(PoolStream, NeighboursOfTwoStreamsMergeOnceBothHavePassed) {
  const auto pool = make();
  Hold hold_a(a), hold_b(b);
  void* first = pool->allocate(2 * KiB);
  void* second = pool->allocate(2 * KiB);
  pool->deallocate_async(first, 2 * KiB, a);
  pool->deallocate_async(second, 2 * KiB, b);
  EXPECT_EQ(pool->statistics().largest_free, 2 * KiB);
  hold_a.release();
  EXPECT_EQ(pool->statistics().largest_free, 2 * KiB);
  hold_b.release();
  EXPECT_EQ(pool->statistics().largest_free, 4 * KiB);
}

TEST_F(PoolStream, WhatIsBehindTheHeldWorkStaysUntilThatIsPassed) {
  const auto pool = make();
  void* first = pool->allocate(2 * KiB);
  void* second = pool->allocate(2 * KiB);
  {
    Hold hold(a);
    pool->deallocate_async(first, 2 * KiB, a);
    hold.release();
  }
  Hold hold(a);
  pool->deallocate_async(second, 2 * KiB, a);
  EXPECT_EQ(pool->allocate(2 * KiB), first);
  void* other = pool->allocate(2 * KiB);
  EXPECT_NE(other, second);
  hold.release();
  pool->deallocate(first, 2 * KiB);
  pool->deallocate(other, 2 * KiB);
}

TEST_F(PoolStream, WaitsBeforeItFails) {
  const auto pool = make({.maximum = 4 * KiB, .segment = 4 * KiB});
  Hold hold(a);
  void* block = pool->allocate_async(4 * KiB, a);
  pool->deallocate_async(block, 4 * KiB, a);
  std::promise<void> asking;
  std::thread opener([&] {
    asking.get_future().wait();
    hold.release();
  });
  asking.set_value();
  EXPECT_EQ(pool->allocate_async(4 * KiB, b), block);
  opener.join();
  test::expect_error(Errc::limit_memory, "at most 0 more bytes of 4096", [&] { (void)pool->allocate(1); });
  pool->deallocate(block, 4 * KiB);
}

// Two streams hold a half each; the whole comes together after both.
TEST_F(PoolStream, WaitsForAsManyStreamsAsItNeeds) {
  const auto pool = make({.maximum = 4 * KiB, .segment = 4 * KiB});
  Hold hold_a(a), hold_b(b);
  void* first = pool->allocate_async(2 * KiB, a);
  pool->deallocate_async(pool->allocate_async(2 * KiB, b), 2 * KiB, b);
  pool->deallocate_async(first, 2 * KiB, a);
  std::thread opener([&] {
    hold_b.release();
    hold_a.release();
  });
  EXPECT_EQ(pool->allocate(4 * KiB), first);
  opener.join();
  pool->deallocate(first, 4 * KiB);
}

TEST_F(PoolStream, WorkOfAStreamFailsRatherThanWaitForItself) {
  const auto pool = make({.maximum = 4 * KiB, .segment = 4 * KiB});
  void* block = pool->allocate(4 * KiB);
  std::promise<void> gate;
  a.call("allocate", [pool, opened = gate.get_future().share()] {
    opened.wait();
    pool->deallocate(pool->allocate(4 * KiB), 4 * KiB);
  });
  pool->deallocate_async(block, 4 * KiB, a);
  gate.set_value();
  test::expect_error(Errc::limit_memory, "allocate: pool", [&] { a.synchronize(); });
  EXPECT_EQ(pool->allocate(4 * KiB), block);
  pool->deallocate(block, 4 * KiB);
}

TEST_F(PoolStream, AStreamThatIsGoneIsPassedLikeAnother) {
  const auto pool = make();
  std::promise<void> gate, passed;
  void* block = pool->allocate(4 * KiB);
  {
    Stream gone;
    gone.call("hold", [opened = gate.get_future().share()] { opened.wait(); });
    pool->deallocate_async(block, 4 * KiB, gone);
    gone.call("passed", [&passed] { passed.set_value(); });
  }
  for (int i = 0; i < 20; ++i) {  // none of the new ones is taken for the one that is gone
    Stream fresh;
    void* other = pool->allocate_async(4 * KiB, fresh);
    EXPECT_NE(other, block);
    pool->deallocate(other, 4 * KiB);
  }
  gate.set_value();
  passed.get_future().wait();
  void* one = pool->allocate(4 * KiB);
  void* two = pool->allocate(4 * KiB);
  EXPECT_TRUE(one == block || two == block);
  pool->deallocate(one, 4 * KiB);
  pool->deallocate(two, 4 * KiB);
}

TEST_F(PoolStream, SegmentsOfAPoolThatIsGoneWaitForTheStream) {
  Hold hold(a);
  {
    const auto pool = make();
    pool->deallocate_async(pool->allocate_async(KiB, a), KiB, a);
    pool->deallocate(pool->allocate(4 * KiB), 4 * KiB);
  }
  EXPECT_EQ(above(), 8 * KiB);
  hold.release();
  EXPECT_EQ(above(), 0u);
}

TEST_F(PoolStream, AGraphKeepsWhatItsRecordingFreed) {
  const auto pool = make();
  void* block = nullptr;
  {
    const Graph graph = Graph::record(a, [&] {
      block = pool->allocate_async(4 * KiB, a);
      pool->deallocate_async(block, 4 * KiB, a);
      void* second = pool->allocate_async(4 * KiB, a);
      EXPECT_NE(second, block);
      pool->deallocate(second, 4 * KiB);
    });
    EXPECT_EQ(pool->statistics().in_use, 4 * KiB);
  }
  EXPECT_EQ(pool->statistics().in_use, 0u);
}

// A graph may be launched on another stream than it was recorded on.
TEST_F(PoolStream, ARecordingTakesNothingThatAStreamHasYetToPass) {
  const auto pool = make();
  void* block = pool->allocate(4 * KiB);
  Hold hold(a);
  pool->deallocate_async(block, 4 * KiB, a);
  void* recorded = nullptr;
  Graph::record(a, [&] { recorded = pool->allocate_async(4 * KiB, a); });
  EXPECT_NE(recorded, block);
  hold.release();
  pool->deallocate(recorded, 4 * KiB);
}

TEST_F(PoolStream, KeepsNoMoreThanItIsToldOnceStreamsHavePassed) {
  const auto pool = make({.segment = 4 * KiB, .keep = 0});
  Hold hold(a);
  void* first = pool->allocate_async(4 * KiB, a);
  pool->deallocate_async(first, 4 * KiB, a);
  EXPECT_EQ(above(), 4 * KiB);
  hold.release();
  pool->trim();
  EXPECT_EQ(above(), 0u);
}

// Each stream fills its blocks with its own number and finds it there at the end of its work on each, whatever the
// other threads' streams do meanwhile.
TEST_F(PoolStream, RandomTrafficOfManyStreams) {
  {
    const auto pool = make({.maximum = 256 * KiB, .segment = 32 * KiB});
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([pool, t, &wrong] {
        std::mt19937_64 random(static_cast<std::uint64_t>(t));
        Stream stream;
        for (int step = 0; step < 400; ++step) {
          const std::size_t bytes = 1 + random() % (16 * KiB);
          auto* block = static_cast<std::byte*>(pool->allocate_async(bytes, stream));
          stream.call("fill", [=] { std::fill_n(block, bytes, static_cast<std::byte>(t)); });
          stream.call("check", [=, &wrong] {
            for (std::size_t i = 0; i < bytes; ++i) wrong += block[i] != static_cast<std::byte>(t);
          });
          pool->deallocate_async(block, bytes, stream);
          if (step % 64 == 63) stream.synchronize();
        }
        stream.synchronize();
      });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
    const PoolStatistics counts = pool->statistics();
    EXPECT_EQ(counts.allocations, 1600u);
    EXPECT_EQ(counts.in_use, 0u);
    EXPECT_EQ(counts.cached, above());
    EXPECT_LE(above(), 256 * KiB);
  }
  EXPECT_EQ(above(), 0u);
}

}  // namespace
}  // namespace fovea
