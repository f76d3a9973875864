#include "fovea/suggestion.h"

#include <algorithm>
#include <numeric>

namespace fovea {
namespace {

// Levenshtein's distance, swaps of neighbours counted as one.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before, last(b.size() + 1), row(b.size() + 1);
  std::iota(last.begin(), last.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = last;
    last = row;
  }
  return last.back();
}

}  // namespace

std::string suggestion(std::string_view name, const std::vector<std::string>& names) {
  if (name.size() > 40) return "";
  std::string best;
  std::size_t least = std::max<std::size_t>(1, name.size() / 3) + 1;
  for (const std::string& other : names) {
    const std::size_t d = distance(name, other);
    if (d < least) least = d, best = other;
  }
  return best.empty() ? "" : "; did you mean '" + best + "'?";
}

}  // namespace fovea
