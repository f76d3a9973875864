#include "device/best_fit.h"

#include <gtest/gtest.h>

#include <vector>

namespace fovea {
namespace {

constexpr BestFit::Lane all = BestFit::everybody;

// Places and sizes in units. Places are offsets into memory that nobody touches, as a device's.
struct Blocks : testing::Test {
  std::vector<std::byte> memory = std::vector<std::byte>(1);
  std::byte* base = memory.data();
  BestFit blocks{false};

  void add(std::size_t at, std::size_t units) { blocks.add({base + at * BestFit::unit, units * BestFit::unit}); }
  int take(std::size_t units, BestFit::Lane lane = all) { return place(blocks.take(units * BestFit::unit, lane)); }
  bool give(std::size_t at, BestFit::Lane lane = all, std::uint64_t ticket = 0) {
    return blocks.give(base + at * BestFit::unit, lane, ticket);
  }
  int place(const std::byte* p) const { return p ? static_cast<int>((p - base) / std::ptrdiff_t{BestFit::unit}) : -1; }
  std::size_t largest() const { return blocks.largest_free() / BestFit::unit; }
  std::size_t cached() const { return blocks.cached() / BestFit::unit; }
};

TEST_F(Blocks, SplitsFromTheFront) {
  add(0, 10);
  EXPECT_EQ(take(3), 0);
  EXPECT_EQ(take(4), 3);
  EXPECT_EQ(cached(), 3u);
  EXPECT_EQ(take(4), -1);
  EXPECT_EQ(take(3), 7);
  EXPECT_EQ(cached(), 0u);
  EXPECT_EQ(take(1), -1);
}

TEST_F(Blocks, RoundsUpToUnits) {
  add(0, 4);
  EXPECT_EQ(place(blocks.take(1, all)), 0);
  EXPECT_EQ(place(blocks.take(256, all)), 1);
  EXPECT_EQ(place(blocks.take(257, all)), 2);
  EXPECT_EQ(blocks.in_use(), 4 * BestFit::unit);
}

// Holes of 4, 2 and 3 units: the request takes the smallest with room, and the lower of two of a size.
TEST_F(Blocks, TakesTheSmallestThatFits) {
  add(0, 20);
  for (const int units : {4, 1, 2, 1, 3, 1, 2, 1}) take(static_cast<std::size_t>(units));  // the tail of 5 is free
  for (const std::size_t at : {0u, 5u, 8u, 12u}) EXPECT_TRUE(give(at));
  EXPECT_EQ(take(3), 8);
  EXPECT_EQ(take(2), 5);
  EXPECT_EQ(take(2), 12);
  EXPECT_EQ(take(4), 0);
  EXPECT_EQ(take(1), 15);
}

TEST_F(Blocks, MergesWithBothNeighbours) {
  add(0, 6);
  for (int i = 0; i < 3; ++i) take(2);
  give(0);
  give(4);
  EXPECT_EQ(largest(), 2u);
  EXPECT_EQ(take(3), -1);
  give(2);
  EXPECT_EQ(largest(), 6u);
  EXPECT_EQ(take(6), 0);
}

TEST_F(Blocks, MergesBehindAndBefore) {
  add(0, 6);
  for (int i = 0; i < 3; ++i) take(2);
  give(2);
  give(0);
  EXPECT_EQ(largest(), 4u);
  EXPECT_EQ(take(4), 0);
  give(0);
  give(4);
  EXPECT_EQ(take(6), 0);
}

TEST_F(Blocks, SegmentsSideBySideStayApart) {
  add(0, 2);
  add(2, 2);
  EXPECT_EQ(largest(), 2u);
  EXPECT_EQ(take(3), -1);
  EXPECT_EQ(blocks.segments(), 2u);
}

TEST_F(Blocks, OfAStreamAreItsOwnUntilItHasPassed) {
  add(0, 4);
  take(2);
  take(2);
  give(0, 7, 1);
  EXPECT_EQ(take(2), -1);
  EXPECT_EQ(take(2, 8), -1);
  EXPECT_EQ(take(2, 7), 0);
  give(0, 7, 2);
  blocks.settle(7, 1);
  EXPECT_EQ(take(2), -1);
  blocks.settle(7, 2);
  EXPECT_EQ(take(2, 8), 0);
}

TEST_F(Blocks, OfTwoStreamsMergeOnceBothHavePassed) {
  add(0, 6);
  for (int i = 0; i < 3; ++i) take(2);
  give(0, 1, 1);
  give(2, 2, 2);
  give(4, 1, 3);
  EXPECT_EQ(largest(), 2u);
  blocks.settle(1, 3);
  EXPECT_EQ(largest(), 2u);
  blocks.settle(2, 2);
  EXPECT_EQ(largest(), 6u);
}

TEST_F(Blocks, OfOneStreamMergeAndWaitForTheLaterTicket) {
  add(0, 4);
  take(2);
  take(2);
  give(0, 1, 5);
  give(2, 1, 4);
  EXPECT_EQ(largest(), 4u);
  blocks.settle(1, 4);
  EXPECT_EQ(take(1), -1);
  blocks.settle(1, 5);
  EXPECT_EQ(take(4), 0);
}

TEST_F(Blocks, AStreamTakesTheSmallerOfItsOwnAndEverybodys) {
  add(0, 9);
  for (const int units : {3, 1, 2, 1, 2}) take(static_cast<std::size_t>(units));
  give(0, 1, 1);
  give(4);
  EXPECT_EQ(take(1, 1), 4);  // 2 units of everybody's, not 3 of its own
  EXPECT_EQ(take(2, 1), 0);
  give(7, 1, 2);
  EXPECT_EQ(take(1, 1), 2);  // what is left of its own 3, and of one unit as everybody's 5
  EXPECT_EQ(take(1, 1), 5);
}

TEST_F(Blocks, WholeSegmentsGoOldestFirst) {
  add(0, 2);
  add(10, 2);
  add(20, 2);
  for (int i = 0; i < 3; ++i) take(2);
  give(10);
  give(0);
  give(20, 1, 1);
  EXPECT_EQ(place(blocks.remove_oldest()->at), 10);
  const auto second = blocks.remove_oldest();
  EXPECT_EQ(place(second->at), 0);
  EXPECT_EQ(second->bytes, 2 * BestFit::unit);
  EXPECT_FALSE(blocks.remove_oldest());  // a stream's
  blocks.settle(1, 1);
  take(1);
  EXPECT_FALSE(blocks.remove_oldest());  // in use in part
  give(20);
  EXPECT_EQ(place(blocks.remove_oldest()->at), 20);
  EXPECT_EQ(blocks.segments(), 0u);
  EXPECT_EQ(blocks.cached(), 0u);
}

TEST_F(Blocks, WhatIsNotInUseIsNotTaken) {
  add(0, 4);
  take(2);
  EXPECT_FALSE(give(1));
  EXPECT_FALSE(give(2));
  EXPECT_FALSE(give(100));
  EXPECT_FALSE(blocks.give(nullptr, all, 0));
  EXPECT_TRUE(give(0));
  EXPECT_FALSE(give(0));
  EXPECT_EQ(cached(), 4u);
  EXPECT_EQ(blocks.in_use(), 0u);
}

}  // namespace
}  // namespace fovea
