#include "suites/stored_arrays.h"

#include <cstring>

namespace fovea::test {
namespace {

// Copies elements between an array and its form in blocks of channels.
template <class T>
void move(const Array& plain, const Array& blocked, bool to_blocks) {
  const auto a = ops::view<T, 4>(plain);
  const auto b = ops::view<T, 5>(blocked);
  for (Index n = 0; n < a.extent[0]; ++n)
    for (Index c = 0; c < a.extent[1]; ++c)
      for (Index y = 0; y < a.extent[2]; ++y)
        for (Index x = 0; x < a.extent[3]; ++x) {
          T &one = a(n, c, y, x), &other = b(n, c / b.extent[4], y, x, c % b.extent[4]);
          to_blocks ? other = one : one = other;
        }
}

void move(const Array& plain, const Array& blocked, bool to_blocks) {
  const std::size_t bytes = size_of(plain.dtype());
  bytes == 1   ? move<std::uint8_t>(plain, blocked, to_blocks)
  : bytes == 2 ? move<std::uint16_t>(plain, blocked, to_blocks)
               : move<float>(plain, blocked, to_blocks);
}

}  // namespace

Array stored(const Array& array, int block) {
  if (block == 1 || array.ndim() != 4) return array;
  const Array out = Array::zeros(ops::stored_shape({array.dtype(), array.shape(), block}), array.dtype());
  move(array.contiguous() ? array : array.copy(), out, true);
  return out;
}

Array plain(const Array& array, const ops::TensorSpec& spec) {
  if (spec.block == 1) return array;
  const Array out = Array::empty(spec.shape, spec.dtype);
  move(out, array, false);
  return out;
}

Array filled(const ops::TensorSpec& spec) {
  const Array array = Array::empty(ops::stored_shape(spec), spec.dtype);
  std::memset(array.data(), 0x5A, static_cast<std::size_t>(array.size()) * size_of(array.dtype()));
  return array;
}

bool is_convolution(std::string_view op) {
  return op == "conv2d" || op == "conv2d_int8";
}

}  // namespace fovea::test
