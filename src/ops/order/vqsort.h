#pragma once
#include <hwy/contrib/sort/vqsort.h>
#include <hwy/targets.h>

#include "ops/order/sort_lines.h"

namespace fovea::ops {

// Highway's vectorised quicksort; it only takes keys of 16 bits and more.
struct VectorSorter {
  static constexpr std::size_t alone = 4;

  template <class T>
  static void sort(T* items, Index count) {
    const hwy::Sorter sorter;
    if constexpr (std::is_same_v<T, WideItem>)
      sorter(reinterpret_cast<hwy::uint128_t*>(items), static_cast<std::size_t>(count), hwy::SortAscending());
    else
      sorter(items, static_cast<std::size_t>(count), hwy::SortAscending());
  }
};

// It aborts on processors without vectors that it knows.
inline bool vector_sortable(const Call& call) {
  return plain(call) && (hwy::SupportedTargets() & ~(HWY_SCALAR | HWY_EMU128)) != 0;
}

}  // namespace fovea::ops
