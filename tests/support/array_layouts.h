#pragma once
#include <cstring>
#include <utility>
#include <vector>

#include "fovea/array.h"

namespace fovea::test {

inline constexpr DType all_types[] = {DType::boolean, DType::u8,  DType::i8,  DType::u16,  DType::i16,
                                      DType::i32,     DType::i64, DType::f16, DType::bf16, DType::f32,
                                      DType::f64,     DType::c64, DType::c128};

inline Array counting(Shape shape, DType dtype) {
  Array array = Array::empty(std::move(shape), dtype);
  const std::size_t bytes = static_cast<std::size_t>(array.size()) * size_of(dtype);
  for (std::size_t k = 0; k < bytes; ++k) array.data()[k] = static_cast<std::byte>(k * 37 % 251);
  return array;
}

// The bytes of the element with this number in C order, by the definition of strides.
inline std::byte* element(const Array& array, std::int64_t number) {
  std::byte* at = array.data();
  for (std::size_t axis = array.shape().size(); axis-- > 0;) {
    at += number % array.shape()[axis] * array.strides()[axis] * static_cast<std::int64_t>(size_of(array.dtype()));
    number /= array.shape()[axis];
  }
  return at;
}

inline bool equal(const Array& a, const Array& b) {
  for (std::int64_t k = 0; k < a.size(); ++k)
    if (std::memcmp(element(a, k), element(b, k), size_of(a.dtype())) != 0) return false;
  return a.shape() == b.shape() && a.dtype() == b.dtype();
}

// Views of shape [3, 4, 2] of arrays of many layouts, on the device.
inline std::vector<std::pair<const char*, Array>> layouts(DType dtype, Device device = Device::cpu()) {
  const auto made = [&](Shape shape) { return counting(std::move(shape), dtype).to(device); };
  constexpr Slice backwards{Slice::none, Slice::none, -1};
  const int turn[] = {2, 0, 1};
  return {
      {"contiguous", made({3, 4, 2})},
      {"rows of a larger one", made({3, 4, 7}).slice(2, {3, 5})},
      {"middle of a larger one", made({9, 6, 5}).slice(0, {2, 5}).slice(1, {1, 5}).slice(2, {0, 2})},
      {"every second", made({6, 8, 4}).slice(0, {0, 6, 2}).slice(1, {1, 8, 2}).slice(2, {0, 4, 2})},
      {"transposed", made({2, 4, 3}).transpose()},
      {"axes turned", made({4, 2, 3}).transpose(turn)},
      {"backwards", made({3, 4, 2}).slice(0, backwards).slice(1, backwards).slice(2, backwards)},
      {"middle axis backwards", made({3, 4, 2}).slice(1, backwards)},
  };
}

}  // namespace fovea::test
