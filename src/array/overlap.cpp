#include "array/overlap.h"

#include <algorithm>
#include <cstdint>

namespace fovea {
namespace {

// Byte offsets k * step, k from 0 to last.
struct Term {
  std::int64_t step, last;
};

// Whether some sum of the terms from `at` on lies in [low, high]. Terms are sorted, the largest step first.
bool reaches(const std::vector<Term>& terms, std::size_t at, std::int64_t low, std::int64_t high, int& patience) {
  if (--patience < 0) return true;
  std::int64_t rest = 0;
  for (std::size_t k = at; k < terms.size(); ++k) rest += terms[k].step * terms[k].last;
  if (high < 0 || low > rest) return false;
  if (at == terms.size() || (low <= 0 && high >= 0)) return true;
  const auto [step, last] = terms[at];
  rest -= step * last;
  const std::int64_t first = low <= rest ? 0 : (low - rest + step - 1) / step;
  for (std::int64_t k = first; k <= std::min(last, high / step); ++k)
    if (reaches(terms, at + 1, low - k * step, high - k * step, patience)) return true;
  return false;
}

}  // namespace

// Elements meet when the first one's offset less the second one's, both sums over axes, is less than an element. Turned
// round axis by axis, all steps are positive and what has to be reached moves along.
bool overlap(const Array& a, const Array& b) {
  if (a.device() != b.device() || a.size() == 0 || b.size() == 0) return false;
  const auto item_a = static_cast<std::int64_t>(size_of(a.dtype())),
             item_b = static_cast<std::int64_t>(size_of(b.dtype()));
  auto wanted = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(b.data()) -
                                          reinterpret_cast<std::uintptr_t>(a.data()));
  std::vector<Term> terms;
  const auto add = [&](const Array& array, std::int64_t unit) {
    for (std::size_t k = 0; k < array.shape().size(); ++k) {
      const std::int64_t step = array.strides()[k] * unit, last = array.shape()[k] - 1;
      if (step == 0 || last == 0) continue;
      if (step < 0) wanted -= step * last;
      terms.push_back({std::abs(step), last});
    }
  };
  add(a, item_a);
  add(b, -item_b);
  std::sort(terms.begin(), terms.end(), [](const Term& x, const Term& y) { return x.step > y.step; });
  std::vector<Term> merged;
  for (const Term& term : terms)
    if (!merged.empty() && merged.back().step == term.step)
      merged.back().last += term.last;
    else
      merged.push_back(term);
  int patience = 100'000;
  return reaches(merged, 0, wanted - (item_a - 1), wanted + (item_b - 1), patience);
}

}  // namespace fovea
