#include <algorithm>
#include <cstring>

#include "expr/evaluate.h"

namespace fovea {
namespace {

// Calls row(offset of the first element, count, stride) for each run along the innermost axis.
template <class Row>
void rows(const Walk& walk, const Shape& strides, Index begin, Index n, const Row& row) {
  const std::size_t axes = walk.extents.size();
  const Index inner = walk.extents[axes - 1], step = strides[axes - 1];
  Index at[64], rest = begin, offset = 0;
  for (std::size_t k = axes; k-- > 0;) {
    at[k] = rest % walk.extents[k];
    rest /= walk.extents[k];
    offset += at[k] * strides[k];
  }
  for (;;) {
    const Index count = std::min(n, inner - at[axes - 1]);
    row(offset, count, step);
    n -= count;
    if (n == 0) return;
    offset -= at[axes - 1] * step;
    at[axes - 1] = 0;
    for (std::size_t k = axes - 1; k-- > 0;) {
      offset += strides[k];
      if (++at[k] < walk.extents[k]) break;
      offset -= strides[k] * walk.extents[k];
      at[k] = 0;
    }
  }
}

struct Pair {
  std::uint64_t low, high;
};

template <class T>
void gather_as(const Walk& walk, std::size_t array, const std::byte* data, Index begin, Index n, std::byte* out) {
  const T* from = reinterpret_cast<const T*>(data);
  T* to = reinterpret_cast<T*>(out);
  const Shape& strides = walk.strides[array];
  // What repeats with the innermost axis, or with no axis, is read once.
  const bool periodic = std::all_of(strides.begin(), strides.end() - 1, [](Index s) { return s == 0; });
  const Index period = walk.extents.back();
  if (periodic && period < n) {
    const Index start = begin % period, step = strides.back();
    for (Index i = 0; i < period; ++i) to[i] = from[(start + i) % period * step];
    for (Index have = period; have < n; have *= 2)
      std::memcpy(to + have, to, static_cast<std::size_t>(std::min(have, n - have)) * sizeof(T));
    return;
  }
  rows(walk, strides, begin, n, [&](Index offset, Index count, Index step) {
    const T* row = from + offset;
    if (step == 1)
      std::memcpy(to, row, static_cast<std::size_t>(count) * sizeof(T));
    else
      for (Index i = 0; i < count; ++i) to[i] = row[i * step];
    to += count;
  });
}

template <class T>
void scatter_as(const Walk& walk, std::size_t array, std::byte* data, Index begin, Index n, const std::byte* in) {
  T* to = reinterpret_cast<T*>(data);
  const T* from = reinterpret_cast<const T*>(in);
  rows(walk, walk.strides[array], begin, n, [&](Index offset, Index count, Index step) {
    for (Index i = 0; i < count; ++i) to[offset + i * step] = from[i];
    from += count;
  });
}

}  // namespace

Walk walk_over(const Shape& shape, std::span<const Array* const> arrays, std::span<const int> order) {
  Walk walk;
  walk.count = 1;
  walk.strides.resize(arrays.size());
  for (int axis : order) {
    const auto a = static_cast<std::size_t>(axis);
    const Index extent = shape[a];
    walk.count *= extent;
    if (extent == 1) continue;
    bool merges = !walk.extents.empty();
    for (std::size_t k = 0; merges && k < arrays.size(); ++k)
      merges = walk.strides[k].back() == arrays[k]->strides()[a] * extent;
    if (merges)
      walk.extents.back() *= extent;
    else
      walk.extents.push_back(extent);
    for (std::size_t k = 0; k < arrays.size(); ++k) {
      if (merges) walk.strides[k].pop_back();
      walk.strides[k].push_back(arrays[k]->strides()[a]);
    }
  }
  if (walk.extents.empty()) {
    walk.extents.push_back(1);
    for (Shape& strides : walk.strides) strides.push_back(1);
  }
  for (std::size_t k = 0; k < arrays.size(); ++k) {
    bool dense = true;
    Index step = 1;
    for (std::size_t a = walk.extents.size(); a-- > 0; step *= walk.extents[a])
      dense = dense && walk.strides[k][a] == step;
    walk.dense.push_back(dense);
  }
  return walk;
}

void gather(const Walk& walk, std::size_t array, const std::byte* data, std::size_t item, Index begin, Index n,
            std::byte* to) {
  switch (item) {
    case 1:
      return gather_as<std::uint8_t>(walk, array, data, begin, n, to);
    case 2:
      return gather_as<std::uint16_t>(walk, array, data, begin, n, to);
    case 4:
      return gather_as<std::uint32_t>(walk, array, data, begin, n, to);
    case 8:
      return gather_as<std::uint64_t>(walk, array, data, begin, n, to);
    default:
      return gather_as<Pair>(walk, array, data, begin, n, to);
  }
}

void scatter(const Walk& walk, std::size_t array, std::byte* data, std::size_t item, Index begin, Index n,
             const std::byte* from) {
  switch (item) {
    case 1:
      return scatter_as<std::uint8_t>(walk, array, data, begin, n, from);
    case 2:
      return scatter_as<std::uint16_t>(walk, array, data, begin, n, from);
    case 4:
      return scatter_as<std::uint32_t>(walk, array, data, begin, n, from);
    case 8:
      return scatter_as<std::uint64_t>(walk, array, data, begin, n, from);
    default:
      return scatter_as<Pair>(walk, array, data, begin, n, from);
  }
}

}  // namespace fovea
