#pragma once
#include <algorithm>
#include <cstring>

#include "ops/order/keys.h"

#if !defined(__CUDACC__)
namespace fovea::ops {

struct SortParams {
  std::int64_t axis = -1;
  bool descending = false;

  template <class F>
  void fields(F&& f) {
    f("axis", axis, "the axis, negative from the end");
    f("descending", descending, "greatest first; NaN stays last");
  }
};

// A 64-bit key with its element's index: in order of key, then index. The layout of hwy::K64V64: index first.
struct WideItem {
  std::uint64_t index, key;
  friend bool operator<(const WideItem& a, const WideItem& b) {
    return a.key != b.key ? a.key < b.key : a.index < b.index;
  }
};

struct StandardSorter {
  static constexpr std::size_t alone = 0;  // bytes of items up to which one thread outdoes two or three and a merge
  template <class T>
  static void sort(T* items, Index count) {
    std::sort(items, items + count);
  }
};

// Of the first `total` elements of the merged a and b, how many come from a. Equal items are alike.
template <class T>
Index share_of_first(const T* a, Index a_count, const T* b, Index b_count, Index total) {
  Index low = std::max(Index{0}, total - b_count), high = std::min(total, a_count);
  while (low < high) {
    const Index middle = low + (high - low) / 2;
    if (a[middle] < b[total - middle - 1])
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

template <class T>
void merge_halves(const T* from, Index half, Index count, T* to) {
  const T *a = from, *b = from + half;
  const Index b_total = count - half;
  parallel_for(count, 1 << 15, [&](Index begin, Index end) {
    Index i = share_of_first(a, half, b, b_total, begin), j = begin - i;
    const Index i_end = share_of_first(a, half, b, b_total, end), j_end = end - i_end;
    T* out = to + begin;
    while (i < i_end && j < j_end) {
      const bool second = b[j] < a[i];
      *out++ = second ? b[j] : a[i];
      j += second;
      i += !second;
    }
    out = std::copy(a + i, a + i_end, out);
    std::copy(b + j, b + j_end, out);
  });
}

// Sorts in place; large arrays as two halves by two threads, or four by more, where merging them costs less than it
// saves.
template <class Sorter, class T>
void sort_items(T* items, Index count) {
  const int threads = usable_threads();
  if (threads == 1 || count < (1 << 16) || (threads < 4 && sizeof(T) <= Sorter::alone))
    return Sorter::sort(items, count);
  const Array scratch = Array::empty({count * static_cast<Index>(sizeof(T))}, DType::u8);
  T* other = reinterpret_cast<T*>(scratch.data());
  const Index parts = threads < 4 ? 2 : 4;
  const auto edge = [&](Index part) { return count / parts * part + (part == parts ? count % parts : 0); };
  parallel_for(parts, 1, [&](Index begin, Index end) {
    for (Index p = begin; p < end; ++p) Sorter::sort(items + edge(p), edge(p + 1) - edge(p));
  });
  if (parts == 2) {
    merge_halves(items, edge(1), count, other);
    std::memcpy(static_cast<void*>(items), other, static_cast<std::size_t>(count) * sizeof(T));
  } else {
    merge_halves(items, edge(1), edge(2), other);
    merge_halves(items + edge(2), edge(1), count - edge(2), other + edge(2));
    merge_halves(other, edge(2), count, items);
  }
}

// By counting: keys of 8 bits, and many of 16.
template <class Key>
void count_sort(Key* keys, Index count) {
  std::vector<Index> counts(std::size_t{1} << (8 * sizeof(Key)));
  for (Index k = 0; k < count; ++k) ++counts[keys[k]];
  for (std::size_t v = 0; v < counts.size(); ++v) keys = std::fill_n(keys, counts[v], static_cast<Key>(v));
}

template <class Sorter, class Key>
void sort_keys(Key* keys, Index count) {
  if (sizeof(Key) == 1 ? count > 64 : sizeof(Key) == 2 && count > (1 << 14)) {
    if constexpr (sizeof(Key) <= 2) return count_sort(keys, count);
  }
  if constexpr (sizeof(Key) == 1)
    std::sort(keys, keys + count);
  else
    sort_items<Sorter>(keys, count);
}

// visit(line, scratch of `item` bytes an element) for every line, neighbouring ones by one thread; a single line keeps
// all threads.
template <class Visit>
void for_lines(const Lines& lines, std::size_t item, const Visit& visit) {
  if (lines.lines() == 0 || lines.count == 0) return;
  const auto some = [&](Index begin, Index end) {
    const Array scratch = Array::empty({lines.count * static_cast<Index>(item)}, DType::u8);
    for (Index line = begin; line < end; ++line) visit(line, scratch.data());
  };
  if (lines.lines() == 1) return some(0, 1);
  parallel_for(lines.lines(), 1 + 4096 / lines.count, some);
}

// store(k, key of the k-th element) over one line; the whole thread budget for a long one.
template <class K, class Store>
void for_keys(const K& key, const typename K::Raw* in, const Lines& lines, const Store& store) {
  parallel_for(lines.count, 1 << 15, [&](Index begin, Index end) {
    for (Index k = begin; k < end; ++k) store(k, key.of(in[k * lines.inner]));
  });
}

template <class Sorter>
void sort_array(const SortParams& p, const Array& in, const Array& out) {
  const Lines lines = lines_of("sort", in.shape(), p.axis);
  with_key(in.dtype(), p.descending, [&](auto key) {
    using K = decltype(key);
    for_lines(lines, sizeof(typename K::Key), [&](Index line, std::byte* scratch) {
      const Index start = lines.start(line, lines.count);
      auto* raw = reinterpret_cast<typename K::Raw*>(out.data()) + start;
      // Keys of a contiguous line lie where the result will be.
      auto* keys = reinterpret_cast<typename K::Key*>(lines.inner == 1 ? reinterpret_cast<std::byte*>(raw) : scratch);
      for_keys(key, reinterpret_cast<const typename K::Raw*>(in.data()) + start, lines,
               [&](Index k, typename K::Key v) { keys[k] = v; });
      sort_keys<Sorter>(keys, lines.count);
      parallel_for(lines.count, 1 << 15, [&](Index begin, Index end) {
        for (Index k = begin; k < end; ++k) raw[k * lines.inner] = key.back(keys[k]);
      });
    });
  });
}

template <class Sorter>
void argsort_array(const SortParams& p, const Array& in, const Array& out) {
  const Lines lines = lines_of("argsort", in.shape(), p.axis);
  auto* indices = reinterpret_cast<std::int64_t*>(out.data());
  with_key(in.dtype(), p.descending, [&](auto key) {
    using K = decltype(key);
    constexpr bool wide = sizeof(typename K::Key) == 8;
    using Item = std::conditional_t<wide, WideItem, std::uint64_t>;
    for_lines(lines, sizeof(Item), [&](Index line, std::byte* scratch) {
      const Index start = lines.start(line, lines.count);
      auto* items = reinterpret_cast<Item*>(scratch);
      for_keys(key, reinterpret_cast<const typename K::Raw*>(in.data()) + start, lines,
               [&](Index k, typename K::Key v) {
                 if constexpr (wide)
                   items[k] = {static_cast<std::uint64_t>(k), v};
                 else
                   items[k] = std::uint64_t{v} << 32 | static_cast<std::uint64_t>(k);
               });
      sort_items<Sorter>(items, lines.count);
      parallel_for(lines.count, 1 << 15, [&](Index begin, Index end) {
        for (Index k = begin; k < end; ++k) {
          if constexpr (wide)
            indices[start + k * lines.inner] = static_cast<std::int64_t>(items[k].index);
          else
            indices[start + k * lines.inner] = static_cast<std::int64_t>(items[k] & 0xFFFFFFFFu);
        }
      });
    });
  });
}

}  // namespace fovea::ops
#endif
