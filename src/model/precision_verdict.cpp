#include "model/precision_verdict.h"

#include <algorithm>
#include <cmath>

namespace fovea::model {
namespace {

// Products such as 0.995 * 200 are not exact.
bool agrees(const PrecisionResult& result, double agreement) {
  return static_cast<double>(result.agreeing) >= agreement * static_cast<double>(result.pictures) - 1e-9;
}

}  // namespace

std::size_t judge(std::span<PrecisionResult> results, double agreement) {
  std::size_t chosen = 0;
  const double usual = results[0].pictures_per_second;
  for (std::size_t i = 1; i < results.size(); ++i) {
    PrecisionResult& result = results[i];
    if (!result.unavailable.empty())
      result.verdict = result.unavailable;
    else if (!agrees(result, agreement))
      result.verdict = "agrees too seldom";
    else if (!(result.pictures_per_second >= worthwhile * usual))
      result.verdict = "not 5 % faster than f32";
    else if (chosen == 0 || result.pictures_per_second > results[chosen].pictures_per_second)
      chosen = i;
  }
  for (std::size_t i = 0; i < results.size(); ++i)
    if (i == chosen)
      results[i].verdict = "chosen";
    else if (results[i].verdict.empty())
      results[i].verdict = "slower than " + std::string(name(results[chosen].precision));
  return chosen;
}

void compare(PrecisionResult& result, const Array& logits, const Array& wanted) {
  for (std::int64_t n = 0; n < wanted.shape()[0]; ++n) {
    const Array got_row = logits[n], wanted_row = wanted[n];
    const auto got = got_row.span<float>(), f32 = wanted_row.span<float>();
    double largest = 0, error = 0;
    bool finite = true;
    for (std::size_t k = 0; k < f32.size(); ++k) {
      finite = finite && std::isfinite(got[k]);
      largest = std::max(largest, std::abs(static_cast<double>(f32[k])));
      error = std::max(error, std::abs(static_cast<double>(got[k]) - f32[k]));
    }
    const auto top = [](std::span<const float> row) { return std::max_element(row.begin(), row.end()) - row.begin(); };
    ++result.pictures;
    result.agreeing += finite && top(got) == top(f32) ? 1 : 0;
    const double relative = !finite ? HUGE_VAL : error > 0 ? error / largest : 0;
    result.worst_logit_error = std::max(result.worst_logit_error, relative);
  }
}

}  // namespace fovea::model
