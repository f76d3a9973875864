#pragma once
#include <mutex>

#include "ops/order/sort_lines.h"

#if !defined(__CUDACC__)
namespace fovea::ops {

struct TopParams {
  std::int64_t k = 1, axis = -1;
  bool largest = true;

  template <class F>
  void fields(F&& f) {
    f("k", k, "how many, up to the axis's extent", Range{0, 4294967295.0});
    f("axis", axis, "the axis, negative from the end");
    f("largest", largest, "the largest, greatest first; else the smallest, least first");
  }
};

inline TensorSpec top_spec(std::string_view op, const TopParams& p, const TensorSpec& in, DType dtype) {
  require_real(op, in.dtype);
  const Lines lines = lines_of(op, in.shape, p.axis);
  require(p.k <= lines.count, op,
          "k: expected up to the axis's " + std::to_string(lines.count) + ", got " + std::to_string(p.k));
  TensorSpec spec{dtype, in.shape};
  if (!spec.shape.empty())
    spec.shape[static_cast<std::size_t>(p.axis < 0 ? p.axis + static_cast<std::int64_t>(spec.shape.size()) : p.axis)] =
        p.k;
  else
    require(p.k == 1, op, "k: expected 1 of an array of no axes, got 0");
  return spec;
}

struct Candidate {
  std::uint64_t key;
  Index index;
  friend bool operator<(const Candidate& a, const Candidate& b) {
    return a.key != b.key ? a.key < b.key : a.index < b.index;
  }
};

// The k first of in[begin, end) in order of key and index, unordered. Elements come by index, so one whose key equals
// the k-th best so far is not better.
template <class K>
void select_top(const K& key, const typename K::Raw* in, Index stride, Index begin, Index end, Index k,
                std::vector<Candidate>& best) {
  const std::size_t kept = static_cast<std::size_t>(k), room = 2 * kept + 64;
  bool full = false;
  typename K::Key bar{};
  const auto shrink = [&] {
    if (best.size() <= kept) return;
    std::nth_element(best.begin(), best.begin() + (k - 1), best.end());
    best.resize(kept);
  };
  for (Index i = begin; i < end; ++i) {
    const auto v = key.of(in[i * stride]);
    if (full && v >= bar) continue;
    best.push_back({v, i});
    if (best.size() < room) continue;
    shrink();
    full = true;
    bar = static_cast<typename K::Key>(best.back().key);
    for (const Candidate& c : best) bar = std::max(bar, static_cast<typename K::Key>(c.key));
  }
  shrink();
}

// emit(line start in the output, place, candidate, key) for the k first of every line.
template <class Emit>
void for_top(std::string_view op, const TopParams& p, const Array& in, const Emit& emit) {
  const Lines lines = lines_of(op, in.shape(), p.axis);
  if (p.k == 0 || lines.lines() == 0) return;
  with_key(in.dtype(), p.largest, [&](auto key) {
    using K = decltype(key);
    const auto one = [&](Index line) {
      const auto* x = reinterpret_cast<const typename K::Raw*>(in.data()) + lines.start(line, lines.count);
      std::vector<Candidate> best;
      std::mutex mutex;
      parallel_for(lines.count, std::max<Index>(1 << 15, 8 * p.k), [&](Index begin, Index end) {
        std::vector<Candidate> here;
        select_top(key, x, lines.inner, begin, end, p.k, here);
        const std::lock_guard lock(mutex);
        best.insert(best.end(), here.begin(), here.end());
      });
      std::partial_sort(best.begin(), best.begin() + p.k, best.end());
      for (Index k = 0; k < p.k; ++k)
        emit(lines.start(line, p.k) + k * lines.inner, best[static_cast<std::size_t>(k)], key);
    };
    if (lines.lines() == 1) return one(0);
    parallel_for(lines.lines(), 1 + 4096 / lines.count, [&](Index begin, Index end) {
      for (Index line = begin; line < end; ++line) one(line);
    });
  });
}

inline Params top_params(std::int64_t k, int axis, bool largest) {
  return {{"k", k}, {"axis", std::int64_t{axis}}, {"largest", largest}};
}

}  // namespace fovea::ops
#endif
