#include "array/element.h"

#include <bit>
#include <cmath>
#include <cstring>

#include "array/print_float.h"
#include "base/half.h"

namespace fovea {
namespace {

template <class T>
T read(const void* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

template <class T>
void write(void* to, T value) {
  std::memcpy(to, &value, sizeof value);
}

// To f32 so that a second rounding, to fewer bits, gives what one rounding would: an inexact result gets an odd last
// bit.
float round_to_odd(double value) {
  const auto nearest = static_cast<float>(value);
  if (std::isnan(value) || static_cast<double>(nearest) == value) return nearest;
  auto bits = std::bit_cast<std::uint32_t>(nearest);
  if (std::abs(static_cast<double>(nearest)) > std::abs(value)) --bits;
  return std::bit_cast<float>(bits | 1u);
}

[[noreturn]] void refuse(const char* where, DType dtype, const std::string& got) {
  throw Error(Errc::invalid_argument,
              std::string(where) + ": expected a value that " + std::string(name(dtype)) + " holds, got " + got);
}

template <class T>
void store_whole(const char* where, const Scalar& scalar, DType dtype, void* to) {
  if (const auto* real = std::get_if<double>(&scalar.value())) {
    const double whole = std::trunc(*real);
    const double low = static_cast<double>(std::numeric_limits<T>::min());
    const double high = std::ldexp(1.0, std::numeric_limits<T>::digits);  // the first that is too large
    if (!(whole >= low && whole < high)) refuse(where, dtype, shortest(*real));
    return write(to, static_cast<T>(whole));
  }
  const auto* boolean = std::get_if<bool>(&scalar.value());
  const std::int64_t value = boolean != nullptr ? std::int64_t{*boolean} : std::get<std::int64_t>(scalar.value());
  if (!std::in_range<T>(value)) refuse(where, dtype, std::to_string(value));
  write(to, static_cast<T>(value));
}

template <class T>
T real_of(const Scalar& scalar) {
  return std::visit(
      [](auto value) -> T {
        if constexpr (std::is_arithmetic_v<decltype(value)>)
          return static_cast<T>(value);
        else
          return static_cast<T>(value.real());
      },
      scalar.value());
}

template <class T>
std::complex<T> complex_of(const Scalar& scalar) {
  if (const auto* value = std::get_if<std::complex<double>>(&scalar.value())) return std::complex<T>(*value);
  return {real_of<T>(scalar), T{0}};
}

}  // namespace

DType Scalar::dtype() const {
  constexpr DType types[] = {DType::boolean, DType::i64, DType::f64, DType::c128};
  return types[value_.index()];
}

Scalar load_element(DType dtype, const void* from) {
  switch (dtype) {
    case DType::boolean:
      return read<std::uint8_t>(from) != 0;
    case DType::u8:
      return read<std::uint8_t>(from);
    case DType::i8:
      return read<std::int8_t>(from);
    case DType::u16:
      return read<std::uint16_t>(from);
    case DType::i16:
      return read<std::int16_t>(from);
    case DType::i32:
      return read<std::int32_t>(from);
    case DType::i64:
      return read<std::int64_t>(from);
    case DType::f16:
      return f16_to_f32(read<std::uint16_t>(from));
    case DType::bf16:
      return bf16_to_f32(read<std::uint16_t>(from));
    case DType::f32:
      return read<float>(from);
    case DType::f64:
      return read<double>(from);
    case DType::c64:
      return read<std::complex<float>>(from);
    case DType::c128:
      break;
  }
  return read<std::complex<double>>(from);
}

void store_element(const char* where, const Scalar& scalar, DType dtype, void* to) {
  if (!is_complex(dtype) && is_complex(scalar.dtype())) refuse(where, dtype, "a complex one");
  switch (dtype) {
    case DType::boolean:
      return write(to, static_cast<std::uint8_t>(real_of<double>(scalar) != 0));
    case DType::u8:
      return store_whole<std::uint8_t>(where, scalar, dtype, to);
    case DType::i8:
      return store_whole<std::int8_t>(where, scalar, dtype, to);
    case DType::u16:
      return store_whole<std::uint16_t>(where, scalar, dtype, to);
    case DType::i16:
      return store_whole<std::int16_t>(where, scalar, dtype, to);
    case DType::i32:
      return store_whole<std::int32_t>(where, scalar, dtype, to);
    case DType::i64:
      return store_whole<std::int64_t>(where, scalar, dtype, to);
    case DType::f16:
      return write(to, f32_to_f16(round_to_odd(real_of<double>(scalar))));
    case DType::bf16:
      return write(to, f32_to_bf16(round_to_odd(real_of<double>(scalar))));
    case DType::f32:
      return write(to, real_of<float>(scalar));
    case DType::f64:
      return write(to, real_of<double>(scalar));
    case DType::c64:
      return write(to, complex_of<float>(scalar));
    case DType::c128:
      return write(to, complex_of<double>(scalar));
  }
}

}  // namespace fovea
