#pragma once
#include <type_traits>

#include "ops/random/stream.h"

namespace fovea::ops {

struct RandomIntegers : RandomStream {
  std::int64_t low = 0, high = 2;
  std::string dtype = "i64";

  template <class F>
  void fields(F&& f) {
    RandomStream::fields(f);
    f("low", low, "least value");
    f("high", high, "bound that is not reached");
    f("dtype", dtype, "type of the result", Choices{{"u8", "i8", "u16", "i16", "i32", "i64"}});
  }
  Bounded bounded() const {
    return {generator(), static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low)};
  }
};

template <class T>
FOVEA_HD T integer_from(std::int64_t low, std::uint64_t drawn) {
  return static_cast<T>(static_cast<std::uint64_t>(low) + drawn);
}

// f(T{}) with the result's type.
template <class F>
void with_integer_type(DType dtype, const F& f) {
  switch (dtype) {
    case DType::u8:
      return f(std::uint8_t{});
    case DType::i8:
      return f(std::int8_t{});
    case DType::u16:
      return f(std::uint16_t{});
    case DType::i16:
      return f(std::int16_t{});
    case DType::i32:
      return f(std::int32_t{});
    default:
      return f(std::int64_t{});
  }
}

}  // namespace fovea::ops
