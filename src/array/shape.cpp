#include "array/shape.h"

#include <algorithm>

#include "base/checked.h"

namespace fovea {

std::optional<std::size_t> bytes_of(const Shape& shape, DType dtype) {
  std::optional<std::int64_t> total = static_cast<std::int64_t>(size_of(dtype));
  bool none = false;
  for (std::int64_t extent : shape) {
    none = none || extent == 0;
    if (total) total = checked_multiply(*total, std::max<std::int64_t>(extent, 1));
  }
  if (!total) return std::nullopt;
  return none ? 0 : static_cast<std::size_t>(*total);
}

}  // namespace fovea
