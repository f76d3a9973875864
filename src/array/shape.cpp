#include "array/shape.h"

#include <algorithm>
#include <functional>
#include <numeric>

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

std::size_t checked_bytes(const char* where, const Shape& shape, DType dtype) {
  const auto refuse = [&](const std::string& expected) {
    throw Error(Errc::invalid_argument, std::string(where) + ": expected " + expected + ", got " + to_string(shape));
  };
  for (std::int64_t extent : shape)
    if (extent < 0) refuse("extents of 0 or more");
  const auto bytes = bytes_of(shape, dtype);
  if (!bytes) refuse("a shape of less than 2^63 bytes");
  return *bytes;
}

Shape contiguous_strides(const Shape& shape) {
  Shape strides(shape.size());
  std::int64_t step = 1;
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    strides[axis] = step;
    step *= std::max<std::int64_t>(shape[axis], 1);
  }
  return strides;
}

std::int64_t extent_product(const Shape& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

std::string to_string(const Shape& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  return text + "]";
}

}  // namespace fovea
