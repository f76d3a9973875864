#include "device/profile/intervals.h"

#include <algorithm>

namespace fovea::profiler {

std::vector<Interval> merged(std::vector<Interval> intervals) {
  std::sort(intervals.begin(), intervals.end(), [](Interval a, Interval b) { return a.begin < b.begin; });
  std::vector<Interval> result;
  for (const Interval& now : intervals) {
    if (!result.empty() && now.begin <= result.back().end)
      result.back().end = std::max(result.back().end, now.end);
    else
      result.push_back(now);
  }
  return result;
}

std::int64_t length(const std::vector<Interval>& merged) {
  std::int64_t sum = 0;
  for (const Interval& interval : merged) sum += interval.end - interval.begin;
  return sum;
}

std::int64_t overlap(const std::vector<Interval>& merged, const std::vector<Interval>& other) {
  std::int64_t sum = 0;
  for (std::size_t i = 0, k = 0; i < merged.size() && k < other.size();) {
    const Interval a = merged[i], b = other[k];
    sum += std::max<std::int64_t>(0, std::min(a.end, b.end) - std::max(a.begin, b.begin));
    a.end < b.end ? ++i : ++k;
  }
  return sum;
}

std::int64_t longest_gap(const std::vector<Interval>& merged) {
  std::int64_t longest = 0;
  for (std::size_t i = 1; i < merged.size(); ++i) longest = std::max(longest, merged[i].begin - merged[i - 1].end);
  return longest;
}

}  // namespace fovea::profiler
