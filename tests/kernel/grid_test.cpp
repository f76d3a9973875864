#include "kernel/grid.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace fovea {
namespace {

// Visits of each element when all lanes of all blocks take their turns.
std::vector<int> visits(Index count, Index blocks, int lanes) {
  std::vector<int> seen(static_cast<std::size_t>(count), 0);
  for (Index block = 0; block < blocks; ++block)
    for (int lane = 0; lane < lanes; ++lane)
      lane_turns(block, lane, blocks, lanes, count, [&](Index n) { ++seen[static_cast<std::size_t>(n)]; });
  return seen;
}

TEST(Grid, EveryElementIsVisitedOnceHoweverManyBlocksThereAre) {
  for (const Index count : {1, 2, 31, 255, 256, 257, 1000, 4096})
    for (const Index blocks : {Index{1}, Index{3}, for_each_blocks(count), for_each_blocks(count) + 5})
      for (const int lanes : {1, 32, for_each_lanes}) {
        const std::vector<int> seen = visits(count, blocks, lanes);
        EXPECT_EQ(std::count(seen.begin(), seen.end(), 1), count) << count << " by " << blocks << " x " << lanes;
      }
}

TEST(Grid, HasABlockForEach256ElementsUpToAMillionBlocks) {
  EXPECT_EQ(for_each_blocks(1), 1);
  EXPECT_EQ(for_each_blocks(256), 1);
  EXPECT_EQ(for_each_blocks(257), 2);
  EXPECT_EQ(for_each_blocks(Index{1} << 28), 1 << 20);
  EXPECT_EQ(for_each_blocks((Index{1} << 28) + 1), 1 << 20);
  EXPECT_EQ(for_each_blocks(Index{1} << 40), 1 << 20);
  EXPECT_EQ(for_blocks_blocks(7), 7);
  EXPECT_EQ(for_blocks_blocks(Index{1} << 31), 0x7FFFFFFF);
}

TEST(Grid, UnravelsInRowMajorOrder) {
  const Index extent[3] = {2, 3, 4};
  Index n = 0;
  for (Index i = 0; i < 2; ++i)
    for (Index j = 0; j < 3; ++j)
      for (Index k = 0; k < 4; ++k) {
        Index at[3];
        unravel(n++, extent, at);
        EXPECT_EQ(std::to_array(at), (std::array<Index, 3>{i, j, k}));
      }
}

// 5 x 2^31 x 3 elements: neither the counts nor the offsets fit 32 bits.
TEST(Grid, TurnsAndOffsetsGoPast32Bits) {
  const Index side = Index{1} << 31, count = 15 * side;
  const Index blocks = for_each_blocks(count), last_block = blocks - 1;
  Index turns = 0, last = 0;
  lane_turns(last_block, for_each_lanes - 1, blocks, for_each_lanes, count, [&](Index n) {
    ++turns;
    last = n;
  });
  EXPECT_EQ(turns, count / (blocks * for_each_lanes));
  EXPECT_EQ(last, count - 1);
  Index at[3];
  unravel<3>(last, {5, side, 3}, at);
  EXPECT_EQ(std::to_array(at), (std::array<Index, 3>{4, side - 1, 2}));

  View<std::uint8_t, 3> view{nullptr, {5, side, 3}, {3 * side, 3, 1}};
  const auto offset = [&](auto... index) { return reinterpret_cast<std::uintptr_t>(&view(index...)); };
  EXPECT_EQ(offset(4, side - 1, 2), static_cast<std::uintptr_t>(count - 1));
  EXPECT_EQ(offset(1, 0, 0), static_cast<std::uintptr_t>(3 * side));
}

}  // namespace
}  // namespace fovea
