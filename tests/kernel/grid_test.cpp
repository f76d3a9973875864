#include "kernel/grid.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>

namespace fovea {
namespace {

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
TEST(Grid, CountsAndOffsetsGoPast32Bits) {
  const Index side = Index{1} << 31, count = 15 * side;
  Index at[3];
  unravel<3>(count - 1, {5, side, 3}, at);
  EXPECT_EQ(std::to_array(at), (std::array<Index, 3>{4, side - 1, 2}));
  unravel<3>(3 * side, {5, side, 3}, at);
  EXPECT_EQ(std::to_array(at), (std::array<Index, 3>{1, 0, 0}));

  View<std::uint8_t, 3> view{nullptr, {5, side, 3}, {3 * side, 3, 1}};
  const auto offset = [&](auto... index) { return reinterpret_cast<std::uintptr_t>(&view(index...)); };
  EXPECT_EQ(offset(4, side - 1, 2), static_cast<std::uintptr_t>(count - 1));
  EXPECT_EQ(offset(1, 0, 0), static_cast<std::uintptr_t>(3 * side));
}

}  // namespace
}  // namespace fovea
