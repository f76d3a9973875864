#pragma once
#include <complex>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace fovea {

// f16 and bf16 are IEEE binary16 and bfloat16; c64 and c128 are pairs (real, imaginary) of f32 and f64.
enum class DType : std::uint8_t { boolean, u8, i8, u16, i16, i32, i64, f16, bf16, f32, f64, c64, c128 };
std::size_t size_of(DType);    // bytes of one element
std::string_view name(DType);  // "f32"
// "f32", "bool" and so on. Throws Error(invalid_argument) that lists the names.
DType parse_dtype(std::string_view name);

constexpr bool is_complex(DType t) {
  return t >= DType::c64;
}
constexpr bool is_floating(DType t) {
  return t >= DType::f16 && t <= DType::f64;
}
constexpr bool is_integer(DType t) {
  return t >= DType::u8 && t <= DType::i64;
}

// The DType of a C++ type: DTypeOf<float>::value.
template <class T>
struct DTypeOf;
template <>
struct DTypeOf<bool> {
  static constexpr DType value = DType::boolean;
};
template <>
struct DTypeOf<std::uint8_t> {
  static constexpr DType value = DType::u8;
};
template <>
struct DTypeOf<std::int8_t> {
  static constexpr DType value = DType::i8;
};
template <>
struct DTypeOf<std::uint16_t> {
  static constexpr DType value = DType::u16;
};
template <>
struct DTypeOf<std::int16_t> {
  static constexpr DType value = DType::i16;
};
template <>
struct DTypeOf<std::int32_t> {
  static constexpr DType value = DType::i32;
};
template <>
struct DTypeOf<std::int64_t> {
  static constexpr DType value = DType::i64;
};
template <>
struct DTypeOf<float> {
  static constexpr DType value = DType::f32;
};
template <>
struct DTypeOf<double> {
  static constexpr DType value = DType::f64;
};
template <>
struct DTypeOf<std::complex<float>> {
  static constexpr DType value = DType::c64;
};
template <>
struct DTypeOf<std::complex<double>> {
  static constexpr DType value = DType::c128;
};

}  // namespace fovea
