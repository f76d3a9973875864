#pragma once
#include "ops/op.h"

// An axis of a contiguous array: `outer * inner` lines of `count` elements, `inner` apart.
namespace fovea::ops {

struct Lines {
  Index outer = 1, count = 1, inner = 1;
  Index lines() const { return outer * inner; }
  // Offset of a line's first element in an array whose axis has `length` elements.
  Index start(Index line, Index length) const { return line / inner * length * inner + line % inner; }
};

// A negative axis counts from the end; an array of no axes counts as one of one element.
inline Lines lines_of(std::string_view op, const Shape& shape, std::int64_t axis) {
  const auto ndim = static_cast<std::int64_t>(shape.size());
  const std::int64_t most = ndim == 0 ? 1 : ndim;
  require(
      axis >= -most && axis < most, op,
      "axis: expected " + std::to_string(-most) + " to " + std::to_string(most - 1) + ", got " + std::to_string(axis));
  if (ndim == 0) return {};
  const std::int64_t at = axis < 0 ? axis + ndim : axis;
  Lines lines;
  for (std::int64_t k = 0; k < ndim; ++k)
    (k < at ? lines.outer : k == at ? lines.count : lines.inner) *= shape[static_cast<std::size_t>(k)];
  return lines;
}

// The axis of a list of at most one; an empty list takes the array as flat.
inline Lines lines_of(std::string_view op, const Shape& shape, const std::vector<double>& axis) {
  require(axis.size() <= 1, op, "axis: expected one or none, got " + std::to_string(axis.size()));
  if (!axis.empty()) {
    require(axis[0] == static_cast<double>(static_cast<std::int64_t>(axis[0])), op,
            "axis: expected a whole number, got " + std::to_string(axis[0]));
    return lines_of(op, shape, static_cast<std::int64_t>(axis[0]));
  }
  Lines lines;
  for (const std::int64_t extent : shape) lines.count *= extent;
  return lines;
}

}  // namespace fovea::ops
