#include "array/copy_layout.h"

#include <algorithm>

#include "array/strided_copy.h"
#include "base/threads.h"

namespace fovea {
namespace {

struct Axis {
  std::int64_t extent, to, from;
};

}  // namespace

CopyLayout copy_layout(const Array& from, const Array& to) {
  CopyLayout layout{to.data(), from.data(), {}, {}, {}, size_of(from.dtype())};
  const auto item = static_cast<std::int64_t>(layout.item);
  std::vector<Axis> axes;
  for (std::size_t k = 0; k < from.shape().size(); ++k) {
    Axis axis{from.shape()[k], to.strides()[k], from.strides()[k]};
    if (axis.extent == 1) continue;
    if (axis.to < 0) {
      layout.to += axis.to * (axis.extent - 1) * item;
      layout.from += axis.from * (axis.extent - 1) * item;
      axis = {axis.extent, -axis.to, -axis.from};
    }
    axes.push_back(axis);
  }
  std::stable_sort(axes.begin(), axes.end(), [](const Axis& a, const Axis& b) { return a.to > b.to; });
  for (const Axis& axis : axes) {
    const bool one_with_last = !layout.shape.empty() && layout.to_strides.back() == axis.extent * axis.to &&
                               layout.from_strides.back() == axis.extent * axis.from;
    if (one_with_last) {
      layout.shape.back() *= axis.extent;
      layout.to_strides.back() = axis.to;
      layout.from_strides.back() = axis.from;
    } else {
      layout.shape.push_back(axis.extent);
      layout.to_strides.push_back(axis.to);
      layout.from_strides.push_back(axis.from);
    }
  }
  return layout;
}

PitchedCopies pitched_copies(const CopyLayout& layout) {
  PitchedCopies copies;
  std::size_t axes = layout.shape.size();
  std::int64_t run = 1;
  if (axes > 0 && layout.to_strides.back() == 1 && layout.from_strides.back() == 1) run = layout.shape[--axes];
  copies.first.row_bytes = static_cast<std::size_t>(run) * layout.item;
  std::size_t rows = axes;
  for (std::size_t k = 0; k < axes; ++k)
    if (layout.to_strides[k] >= run && layout.from_strides[k] >= run &&
        (rows == axes || layout.shape[k] > layout.shape[rows]))
      rows = k;
  for (std::size_t k = 0; k < axes; ++k) {
    const auto extent = static_cast<std::size_t>(layout.shape[k]);
    if (k == rows) {
      copies.first.rows = extent;
      copies.first.to_pitch = static_cast<std::size_t>(layout.to_strides[k]) * layout.item;
      copies.first.from_pitch = static_cast<std::size_t>(layout.from_strides[k]) * layout.item;
    } else {
      copies.outer.push_back(k);
      copies.count *= extent;
    }
  }
  return copies;
}

void copy_elements(const CopyLayout& layout) {
  if (layout.shape.empty()) return strided_copy(layout.to, {}, layout.from, {}, {}, layout.item);
  const auto item = static_cast<std::int64_t>(layout.item);
  std::int64_t inner = 1;
  for (std::size_t k = 1; k < layout.shape.size(); ++k) inner *= layout.shape[k];
  constexpr std::int64_t grain = std::int64_t{1} << 16;  // elements
  parallel_for(layout.shape[0], grain / inner + 1, [&](std::int64_t begin, std::int64_t end) {
    Shape part = layout.shape;
    part[0] = end - begin;
    strided_copy(layout.to + begin * layout.to_strides[0] * item, layout.to_strides,
                 layout.from + begin * layout.from_strides[0] * item, layout.from_strides, part, layout.item);
  });
}

}  // namespace fovea
