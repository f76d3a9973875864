#include "device/profile/intervals.h"

#include <gtest/gtest.h>

namespace fovea::profiler {
namespace {

using Intervals = std::vector<Interval>;

std::string text(const Intervals& intervals) {
  std::string result;
  for (const auto& [begin, end] : intervals) result += std::to_string(begin) + "-" + std::to_string(end) + " ";
  return result;
}

TEST(Intervals, MergeWhatOverlapsTouchesOrIsInside) {
  EXPECT_EQ(text(merged({{5, 7}, {1, 3}, {3, 4}, {6, 9}, {6, 7}, {20, 20}})), "1-4 5-9 20-20 ");
  EXPECT_EQ(text(merged({{0, 100}, {10, 20}, {90, 95}})), "0-100 ");
  EXPECT_EQ(text(merged({})), "");
}

TEST(Intervals, LengthAndLongestGap) {
  EXPECT_EQ(length({{1, 4}, {5, 9}}), 7);
  EXPECT_EQ(length({}), 0);
  EXPECT_EQ(longest_gap({{1, 4}, {5, 9}, {30, 31}, {33, 40}}), 21);
  EXPECT_EQ(longest_gap({{1, 4}}), 0);
  EXPECT_EQ(longest_gap({}), 0);
}

TEST(Intervals, OverlapIsSymmetric) {
  const Intervals a{{0, 10}, {20, 30}, {40, 50}}, b{{5, 25}, {28, 45}, {60, 70}};
  EXPECT_EQ(overlap(a, b), 5 + 5 + 2 + 5);
  EXPECT_EQ(overlap(b, a), 5 + 5 + 2 + 5);
  EXPECT_EQ(overlap(a, a), 30);
  EXPECT_EQ(overlap(a, {{10, 20}, {50, 60}}), 0);
  EXPECT_EQ(overlap(a, {}), 0);
}

}  // namespace
}  // namespace fovea::profiler
