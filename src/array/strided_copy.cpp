#include "array/strided_copy.h"

#include <cstdint>
#include <cstring>

#include "array/shape.h"

namespace fovea {
namespace {

struct Pair {
  std::uint64_t low, high;
};

template <class T>
void copy_row(std::byte* to, std::int64_t to_stride, const std::byte* from, std::int64_t stride, std::int64_t count) {
  T* target = reinterpret_cast<T*>(to);
  const T* source = reinterpret_cast<const T*>(from);
  if (to_stride == 1)
    for (std::int64_t i = 0; i < count; ++i) target[i] = source[i * stride];
  else
    for (std::int64_t i = 0; i < count; ++i) target[i * to_stride] = source[i * stride];
}

using CopyRow = void (*)(std::byte*, std::int64_t, const std::byte*, std::int64_t, std::int64_t);

CopyRow row_copy(std::size_t item) {
  switch (item) {
    case 1:
      return copy_row<std::uint8_t>;
    case 2:
      return copy_row<std::uint16_t>;
    case 4:
      return copy_row<std::uint32_t>;
    case 8:
      return copy_row<std::uint64_t>;
    default:
      return copy_row<Pair>;
  }
}

}  // namespace

void strided_copy(std::byte* to, const Shape& to_strides, const std::byte* from, const Shape& from_strides,
                  const Shape& shape, std::size_t item) {
  for (std::int64_t extent : shape)
    if (extent == 0) return;
  const auto bytes = static_cast<std::int64_t>(item);
  // The longest run of trailing axes that is one block in both moves by memcpy; else rows of the last axis do.
  std::size_t outer = shape.size();
  std::int64_t block = 1;
  while (outer > 0 && (shape[outer - 1] == 1 || (from_strides[outer - 1] == block && to_strides[outer - 1] == block)))
    block *= shape[--outer];
  const bool rows = block == 1 && outer > 0;
  std::int64_t from_stride = 1, to_stride = 1;
  if (rows) {
    block = shape[--outer];
    from_stride = from_strides[outer];
    to_stride = to_strides[outer];
  }
  const CopyRow copy = row_copy(item);
  Shape index(outer);
  for (;;) {
    if (rows)
      copy(to, to_stride, from, from_stride, block);
    else
      std::memcpy(to, from, static_cast<std::size_t>(block * bytes));
    std::size_t axis = outer;
    while (axis > 0) {
      --axis;
      from += from_strides[axis] * bytes;
      to += to_strides[axis] * bytes;
      if (++index[axis] < shape[axis]) break;
      from -= from_strides[axis] * bytes * shape[axis];
      to -= to_strides[axis] * bytes * shape[axis];
      index[axis] = 0;
      if (axis == 0) return;
    }
    if (outer == 0) return;
  }
}

void strided_copy(std::byte* to, const std::byte* from, const Shape& shape, const Shape& strides, std::size_t item) {
  strided_copy(to, contiguous_strides(shape), from, strides, shape, item);
}

}  // namespace fovea
