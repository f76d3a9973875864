#pragma once
#include <cstdint>
#include <vector>

namespace fovea::profiler {

struct Interval {
  std::int64_t begin = 0, end = 0;
};

// Ascending intervals that do not touch, of the same points.
std::vector<Interval> merged(std::vector<Interval>);
std::int64_t length(const std::vector<Interval>& merged);
std::int64_t overlap(const std::vector<Interval>& merged, const std::vector<Interval>& other);  // both merged
std::int64_t longest_gap(const std::vector<Interval>& merged);

}  // namespace fovea::profiler
