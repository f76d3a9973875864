#include <gtest/gtest.h>

#include <thread>

#include "fovea/memory_adaptors.h"

namespace fovea {
namespace {

TEST(MemoryTag, Nests) {
  EXPECT_EQ(MemoryTag::current(), nullptr);
  {
    const MemoryTag model("model");
    const int line = __LINE__ - 1;
    EXPECT_EQ(MemoryTag::current()->path(), "model");
    EXPECT_EQ(static_cast<int>(model.where().line()), line);
    {
      const MemoryTag layer("conv1");
      EXPECT_EQ(MemoryTag::current()->path(), "model/conv1");
    }
    EXPECT_EQ(MemoryTag::current(), &model);
  }
  EXPECT_EQ(MemoryTag::current(), nullptr);
}

TEST(MemoryTag, IsOfItsThread) {
  const MemoryTag here("here");
  std::thread([] {
    EXPECT_EQ(MemoryTag::current(), nullptr);
    const MemoryTag there("there");
    EXPECT_EQ(MemoryTag::current()->path(), "there");
  }).join();
  EXPECT_EQ(MemoryTag::current()->path(), "here");
}

// A block counts for the tag of its allocation, though it is given back under another and on another thread.
TEST(StatisticsMemory, CountsByTag) {
  StatisticsMemory memory(host_memory());
  void *none = memory.allocate(7), *weights = nullptr, *scratch = nullptr;
  {
    const MemoryTag model("model");
    weights = memory.allocate(100);
    const MemoryTag layer("conv1");
    scratch = memory.allocate(30);
    memory.deallocate(memory.allocate(20), 20);
    std::thread([&] { memory.deallocate(weights, 100); }).join();
  }
  const auto counts = memory.by_tag();
  ASSERT_EQ(counts.size(), 3u);
  EXPECT_EQ(counts.at("").in_use, 7u);
  EXPECT_EQ(counts.at("model").in_use, 0u);
  EXPECT_EQ(counts.at("model").high_water, 100u);
  EXPECT_EQ(counts.at("model").allocations, 1u);
  EXPECT_EQ(counts.at("model/conv1").in_use, 30u);
  EXPECT_EQ(counts.at("model/conv1").high_water, 50u);
  EXPECT_EQ(counts.at("model/conv1").allocations, 2u);
  EXPECT_EQ(memory.statistics().in_use, 37u);
  EXPECT_EQ(memory.statistics().high_water, 157u);
  memory.deallocate(scratch, 30);
  memory.deallocate(none, 7);
  EXPECT_EQ(memory.by_tag().at("model/conv1").in_use, 0u);
}

}  // namespace
}  // namespace fovea
