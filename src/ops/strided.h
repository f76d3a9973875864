#pragma once
#include "ops/op.h"

namespace fovea::ops {

inline constexpr int most_strided_axes = 16;

// Extents and strides of an array, axes that lie as one merged and those of one element left out.
struct Strided {
  int axes = 0;
  Index extent[most_strided_axes] = {}, stride[most_strided_axes] = {};

  // Where the n-th element in row-major order lies.
  FOVEA_HD Index offset(Index n) const {
    Index at = 0;
    for (int k = axes - 1; k >= 0; --k) {
      at += n % extent[k] * stride[k];
      n /= extent[k];
    }
    return at;
  }
};

// Throws Error(unsupported) for more than 16 axes that do not merge.
inline Strided strided(const Array& array, std::string_view op) {
  Strided s;
  for (std::size_t k = 0; k < array.shape().size(); ++k) {
    const Index extent = array.shape()[k], stride = array.strides()[k];
    if (extent == 1) continue;
    if (s.axes > 0 && s.stride[s.axes - 1] == stride * extent) {
      s.extent[s.axes - 1] *= extent;
      s.stride[s.axes - 1] = stride;
      continue;
    }
    if (s.axes == most_strided_axes)
      throw Error(Errc::unsupported, std::string(op) + ": expected up to 16 strided axes, got " +
                                         to_string(array.shape()) + "; copy the array first");
    s.extent[s.axes] = extent;
    s.stride[s.axes++] = stride;
  }
  return s;
}

struct Pair16 {  // an element of 16 bytes, moved as one
  std::uint64_t a, b;
};

// f(T{}) with an unsigned type as large as the elements.
template <class F>
void with_bits(DType type, const F& f) {
  switch (size_of(type)) {
    case 1:
      return f(std::uint8_t{});
    case 2:
      return f(std::uint16_t{});
    case 4:
      return f(std::uint32_t{});
    case 8:
      return f(std::uint64_t{});
    default:
      return f(Pair16{});
  }
}

}  // namespace fovea::ops
