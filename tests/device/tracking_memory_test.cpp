#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "fovea/memory_adaptors.h"
#include "support/expect_error.h"

namespace fovea {
namespace {

TEST(TrackingMemory, NamesWhatWasNotGivenBack) {
  TrackingMemory memory(host_memory(), 0);
  void *untagged = memory.allocate(10), *conv[3] = {};
  int line = 0;
  {
    const MemoryTag model("model");
    memory.deallocate(memory.allocate(1000), 1000);
    const MemoryTag layer("conv1");
    line = __LINE__ - 1;
    for (void*& block : conv) block = memory.allocate(40);
  }
  memory.deallocate(conv[1], 40);
  const std::vector<Leak> leaks = memory.leaks();
  ASSERT_EQ(leaks.size(), 2u);
  EXPECT_EQ(leaks[0].bytes, 80u);
  EXPECT_EQ(leaks[0].blocks, 2u);
  EXPECT_EQ(leaks[0].tag, "model/conv1");
  EXPECT_EQ(leaks[0].where, __FILE__ ":" + std::to_string(line));
  EXPECT_TRUE(leaks[0].stack.empty());
  EXPECT_EQ(leaks[1].bytes, 10u);
  EXPECT_EQ(leaks[1].tag + leaks[1].where, "");
  EXPECT_EQ(memory.report(), "80 bytes in 2 blocks, tag model/conv1 of " __FILE__ ":" + std::to_string(line) +
                                 "\n10 bytes in 1 block, no tag\n");
  for (void* block : {untagged, conv[0], conv[2]}) memory.deallocate(block, 0);
  EXPECT_TRUE(memory.leaks().empty());
  EXPECT_EQ(memory.report(), "");
}

[[gnu::noinline]] void* allocate_here(Memory& memory) {
  void* block = memory.allocate(64);
  EXPECT_NE(block, nullptr);  // so that the call is not the last thing done
  return block;
}
[[gnu::noinline]] void* allocate_there(Memory& memory) {
  void* block = memory.allocate(64);
  EXPECT_NE(block, nullptr);
  return block;
}

TEST(TrackingMemory, TellsCallersApart) {
  TrackingMemory memory(host_memory(), 8);
  std::vector<void*> blocks = {allocate_here(memory), allocate_there(memory)};
  const volatile int times = 2;  // not known to the compiler, which would write the loop out
  for (int i = 0; i < times; ++i) blocks.push_back(allocate_here(memory));
  const std::vector<Leak> leaks = memory.leaks();
  ASSERT_EQ(leaks.size(), 3u);  // the loop's, and those of the line before
  EXPECT_EQ(leaks[0].blocks, 2u);
  for (const Leak& leak : leaks) {
    EXPECT_GE(leak.stack.size(), 3u);
    EXPECT_LE(leak.stack.size(), 8u);
  }
  EXPECT_NE(memory.report().find("128 bytes in 2 blocks, no tag\n    "), std::string::npos);
  for (void* block : blocks) memory.deallocate(block, 64);
}

TEST(TrackingMemory, FromManyThreads) {
  TrackingMemory memory(host_memory(), 4);
  std::vector<std::thread> threads;
  std::vector<void*> kept(4);
  for (std::size_t i = 0; i < 4; ++i)
    threads.emplace_back([&memory, &kept, i] {
      const MemoryTag tag("thread");
      for (int k = 0; k < 200; ++k) memory.deallocate(memory.allocate(5000), 5000);
      kept[i] = memory.allocate(i + 1);
    });
  for (std::thread& thread : threads) thread.join();
  std::size_t bytes = 0;
  for (const Leak& leak : memory.leaks()) bytes += leak.bytes;
  EXPECT_EQ(bytes, 1u + 2 + 3 + 4);
  for (std::size_t i = 0; i < 4; ++i) memory.deallocate(kept[i], i + 1);
}

TEST(TrackingMemory, RefusesStacksOutOfRange) {
  test::expect_error(Errc::invalid_argument, "0 to 64 stack frames, got -1",
                     [] { TrackingMemory memory(host_memory(), -1); });
  test::expect_error(Errc::invalid_argument, "got 65", [] { TrackingMemory memory(host_memory(), 65); });
}

TEST(TrackingMemory, AFailureLeaksNothing) {
  TrackingMemory memory(std::make_shared<LimitMemory>(host_memory(), 10));
  test::expect_error(Errc::limit_memory, "11", [&] { (void)memory.allocate(11); });
  EXPECT_TRUE(memory.leaks().empty());
}

}  // namespace
}  // namespace fovea
