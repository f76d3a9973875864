#pragma once
#include <type_traits>

#include "kernel/view.h"
#include "ops/op.h"
#if !defined(__CUDACC__)
#include "base/half.h"
#endif

// Elements of any type as the types that sums are made in: unsigned integers (exact modulo 2^bits whatever the sign),
// f32 for f16, bf16 and f32, f64, and pairs of these.
namespace fovea::ops {

template <class R>
struct Pair {
  R re{}, im{};

  FOVEA_HD Pair& operator+=(Pair o) {
    re += o.re;
    im += o.im;
    return *this;
  }
  FOVEA_HD friend Pair operator*(Pair a, Pair b) { return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re}; }
};
template <class A>
struct IsPair : std::false_type {};
template <class R>
struct IsPair<Pair<R>> : std::true_type {};

template <class A, class S>
FOVEA_HD A to_sum(S value) {
  if constexpr (IsPair<S>::value && IsPair<A>::value)
    return {static_cast<decltype(A::re)>(value.re), static_cast<decltype(A::re)>(value.im)};
  else if constexpr (IsPair<S>::value)
    return static_cast<A>(value.re);  // not reached: a complex operand makes a complex result
  else if constexpr (IsPair<A>::value)
    return {static_cast<decltype(A::re)>(value), 0};
  else if constexpr (std::is_integral_v<A> && std::is_floating_point_v<S>)
    return 0;  // not reached: a floating operand makes a floating result
  else
    return static_cast<A>(value);
}

template <class A>
FOVEA_HD A load_as(const void* data, DType type, Index at) {
  switch (type) {
    case DType::u8:
      return to_sum<A>(static_cast<const std::uint8_t*>(data)[at]);
    case DType::i8:
      return to_sum<A>(static_cast<const std::int8_t*>(data)[at]);
    case DType::u16:
      return to_sum<A>(static_cast<const std::uint16_t*>(data)[at]);
    case DType::i16:
      return to_sum<A>(static_cast<const std::int16_t*>(data)[at]);
    case DType::i32:
      return to_sum<A>(static_cast<const std::int32_t*>(data)[at]);
    case DType::i64:
      return to_sum<A>(static_cast<const std::int64_t*>(data)[at]);
#if !defined(__CUDACC__)
    case DType::f16:
      return to_sum<A>(f16_to_f32(static_cast<const std::uint16_t*>(data)[at]));
    case DType::bf16:
      return to_sum<A>(bf16_to_f32(static_cast<const std::uint16_t*>(data)[at]));
#endif
    case DType::f32:
      return to_sum<A>(static_cast<const float*>(data)[at]);
    case DType::f64:
      return to_sum<A>(static_cast<const double*>(data)[at]);
    case DType::c64:
      return to_sum<A>(static_cast<const Pair<float>*>(data)[at]);
    case DType::c128:
      return to_sum<A>(static_cast<const Pair<double>*>(data)[at]);
    default:
      return A{};
  }
}

FOVEA_HD constexpr int integer_bytes(DType type) {
  return type == DType::u8 || type == DType::i8     ? 1
         : type == DType::u16 || type == DType::i16 ? 2
         : type == DType::i32                       ? 4
                                                    : 8;
}

// The low bits of an integer sum, or a floating sum rounded once.
template <class A>
FOVEA_HD void store_as(void* data, DType type, Index at, A sum) {
  if constexpr (IsPair<A>::value) {
    static_cast<A*>(data)[at] = sum;
  } else if constexpr (std::is_integral_v<A>) {
    switch (integer_bytes(type)) {
      case 1:
        static_cast<std::uint8_t*>(data)[at] = static_cast<std::uint8_t>(sum);
        return;
      case 2:
        static_cast<std::uint16_t*>(data)[at] = static_cast<std::uint16_t>(sum);
        return;
      case 4:
        static_cast<std::uint32_t*>(data)[at] = static_cast<std::uint32_t>(sum);
        return;
      default:
        static_cast<std::uint64_t*>(data)[at] = sum;
    }
  } else {
#if !defined(__CUDACC__)
    if (type == DType::f16) return void(static_cast<std::uint16_t*>(data)[at] = f32_to_f16(static_cast<float>(sum)));
    if (type == DType::bf16) return void(static_cast<std::uint16_t*>(data)[at] = f32_to_bf16(static_cast<float>(sum)));
#endif
    static_cast<A*>(data)[at] = sum;
  }
}

// The fill value as the result's type holds it. Integer values are in range, fractions go.
template <class A>
A fill_as(double fill, DType type) {
  if constexpr (IsPair<A>::value) return {static_cast<decltype(A::re)>(fill), 0};
  if constexpr (std::is_integral_v<A>) return static_cast<A>(static_cast<std::int64_t>(fill));
  if constexpr (std::is_floating_point_v<A>) {
#if !defined(__CUDACC__)
    if (type == DType::f16) return static_cast<A>(f16_to_f32(f32_to_f16(static_cast<float>(fill))));
    if (type == DType::bf16) return static_cast<A>(bf16_to_f32(f32_to_bf16(static_cast<float>(fill))));
#endif
    return static_cast<A>(fill);
  }
}

}  // namespace fovea::ops
