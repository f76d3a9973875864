#pragma once
#include <bit>
#include <cmath>
#include <mutex>

#include "base/half.h"
#include "ops/order/sort_lines.h"

#if !defined(__CUDACC__)
namespace fovea::ops {

inline TensorSpec statistic_spec(std::string_view op, const TensorSpec& in, const std::vector<double>& axis) {
  require_real(op, in.dtype);
  require(lines_of(op, in.shape, axis).count > 0, op, "expected elements along the axis, got " + to_string(in.shape));
  TensorSpec spec{is_floating(in.dtype) && in.dtype != DType::f64 ? DType::f32 : DType::f64, {}};
  if (axis.empty() || in.shape.empty()) return spec;
  spec.shape = in.shape;
  const auto at = static_cast<std::ptrdiff_t>(axis[0]);
  spec.shape.erase((at < 0 ? spec.shape.end() : spec.shape.begin()) + at);
  return spec;
}

inline double real_value(DType dtype, std::uint64_t raw) {
  switch (dtype) {
    case DType::f16:
      return f16_to_f32(static_cast<std::uint16_t>(raw));
    case DType::bf16:
      return bf16_to_f32(static_cast<std::uint16_t>(raw));
    case DType::f32:
      return std::bit_cast<float>(static_cast<std::uint32_t>(raw));
    case DType::f64:
      return std::bit_cast<double>(raw);
    default:
      return static_cast<double>(static_cast<std::int64_t>(raw));
  }
}

// The keys of the given ranks, which ascend, among `keys`, which it rearranges; `base` is the rank of the least of
// them.
template <class Key>
void ranked(std::vector<Key>& keys, Index base, std::span<const Index> ranks, Key* found) {
  auto begin = keys.begin();
  for (std::size_t r = 0; r < ranks.size(); ++r) {
    const auto at = keys.begin() + (ranks[r] - base);
    if (at >= begin) std::nth_element(begin, at, keys.end()), begin = at + 1;
    found[r] = *at;
  }
}

// The same for a line, whose NaNs are counted: those of the greatest key of a floating type. Long lines are first
// counted by the highest 16 bits of their keys, and only those that share them with a rank are gathered.
template <class K>
Index ranked_of_line(const K& key, const typename K::Raw* x, Index count, Index stride, std::span<const Index> ranks,
                     typename K::Key* found) {
  using Key = typename K::Key;
  constexpr int digits = sizeof(Key) == 1 ? 8 : 16, shift = 8 * static_cast<int>(sizeof(Key)) - digits;
  std::mutex mutex;
  if (count < (1 << 17)) {
    std::vector<Key> keys(static_cast<std::size_t>(count));
    Index nans = 0;
    for (Index k = 0; k < count; ++k) nans += K::nan(keys[static_cast<std::size_t>(k)] = key.of(x[k * stride]));
    if (nans == 0) ranked<Key>(keys, 0, ranks, found);
    return nans;
  }
  std::vector<Index> counts(std::size_t{1} << digits);
  Index nans = 0;
  parallel_for(count, 1 << 17, [&](Index begin, Index end) {
    std::vector<Index> here(std::size_t{1} << digits);
    Index nan = 0;
    for (Index k = begin; k < end; ++k) {
      const Key v = key.of(x[k * stride]);
      nan += K::nan(v);
      ++here[static_cast<std::size_t>(v >> shift)];
    }
    const std::lock_guard lock(mutex);
    nans += nan;
    for (std::size_t d = 0; d < here.size(); ++d) counts[d] += here[d];
  });
  if (nans != 0) return nans;
  struct Group {
    std::size_t digit, first, last;  // ranks[first, last)
    Index base;
    std::vector<Key> keys;
  };
  std::vector<Group> groups;
  std::vector<std::int16_t> group_of(counts.size(), -1);
  Index base = 0;
  for (std::size_t d = 0, r = 0; d < counts.size() && r < ranks.size(); base += counts[d++]) {
    if (ranks[r] >= base + counts[d]) continue;
    Group group{d, r, r, base, {}};
    while (r < ranks.size() && ranks[r] < base + counts[d]) ++r;
    group.last = r;
    group_of[d] = static_cast<std::int16_t>(groups.size());
    groups.push_back(std::move(group));
  }
  parallel_for(count, 1 << 17, [&](Index begin, Index end) {
    std::vector<std::vector<Key>> here(groups.size());
    for (Index k = begin; k < end; ++k) {
      const Key v = key.of(x[k * stride]);
      const int g = group_of[static_cast<std::size_t>(v >> shift)];
      if (g >= 0) here[static_cast<std::size_t>(g)].push_back(v);
    }
    const std::lock_guard lock(mutex);
    for (std::size_t g = 0; g < groups.size(); ++g)
      groups[g].keys.insert(groups[g].keys.end(), here[g].begin(), here[g].end());
  });
  for (Group& g : groups) ranked<Key>(g.keys, g.base, ranks.subspan(g.first, g.last - g.first), found + g.first);
  return 0;
}

// give(line, values of the ranks, or null for a line with a NaN). At most 32767 ranks, which ascend.
template <class Give>
void for_ranked(const Array& in, const Lines& lines, std::span<const Index> ranks, const Give& give) {
  with_key(in.dtype(), false, [&](auto key) {
    using K = decltype(key);
    const auto some = [&](Index begin, Index end) {
      std::vector<typename K::Key> found(ranks.size());
      std::vector<double> values(ranks.size());
      for (Index line = begin; line < end; ++line) {
        const auto* x = reinterpret_cast<const typename K::Raw*>(in.data()) + lines.start(line, lines.count);
        const Index nans = ranked_of_line(key, x, lines.count, lines.inner, ranks, found.data());
        if (nans == 0)
          for (std::size_t r = 0; r < ranks.size(); ++r)
            values[r] = real_value(in.dtype(), static_cast<std::uint64_t>(key.back(found[r])));
        give(line, nans == 0 ? values.data() : nullptr);
      }
    };
    if (lines.lines() == 1) return some(0, 1);
    parallel_for(lines.lines(), 1 + 4096 / lines.count, some);
  });
}

inline void store_real(const Array& out, Index at, double value) {
  if (out.dtype() == DType::f32)
    reinterpret_cast<float*>(out.data())[at] = static_cast<float>(value);
  else
    reinterpret_cast<double*>(out.data())[at] = value;
}

}  // namespace fovea::ops
#endif
