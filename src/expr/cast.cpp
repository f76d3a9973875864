#include <bit>
#include <cmath>
#include <complex>
#include <limits>
#include <type_traits>

#include "base/half.h"
#include "expr/loops.h"
#include "expr/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "expr/cast.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fovea::HWY_NAMESPACE {
namespace {

template <class T>
constexpr bool is_pair = !std::is_arithmetic_v<T>;

// The float that is nearest when rounded a second time, to 16 bits: truncated, with an odd last bit if inexact.
inline float to_odd(double value) {
  const float near = static_cast<float>(value);
  if (static_cast<double>(near) == value || value != value || std::isinf(near)) return near;
  auto bits = std::bit_cast<std::uint32_t>(near);
  if (std::abs(static_cast<double>(near)) > std::abs(value)) --bits;
  return std::bit_cast<float>(bits | 1);
}

// To an integer: saturating, NaN to 0. The bounds are those that the floating type holds exactly.
template <class To, class From>
To saturated(From value) {
  constexpr From low = static_cast<From>(std::numeric_limits<To>::lowest());
  constexpr From high = static_cast<From>(std::uint64_t{1} << (8 * sizeof(To) - (std::is_signed_v<To> ? 1 : 0)));
  const To inside = static_cast<To>(value >= low && value < high ? value : From{0});
  return value >= high ? std::numeric_limits<To>::max() : value < low ? std::numeric_limits<To>::lowest() : inside;
}

template <class To, class From>
To converted(From value) {
  if constexpr (is_pair<From> && is_pair<To>)
    return {static_cast<typename To::value_type>(value.real()), static_cast<typename To::value_type>(value.imag())};
  else if constexpr (is_pair<To>)
    return static_cast<typename To::value_type>(value);
  else if constexpr (std::is_same_v<To, bool>)
    return value != From{};
  else if constexpr (is_pair<From>)
    return converted<To>(value.real());
  else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>)
    return saturated<To>(value);
  else
    return static_cast<To>(value);
}

template <class From, class To>
void loop(void* out, const void* a, const void*, const void*, Index n) {
  To* y = static_cast<To*>(out);
  const From* x = static_cast<const From*>(a);
#pragma GCC ivdep
  for (Index i = 0; i < n; ++i) y[i] = converted<To>(x[i]);
}

template <class From>
Loop from(DType to) {
  switch (to) {
    case DType::boolean:
      return loop<From, bool>;
    case DType::u8:
      return loop<From, std::uint8_t>;
    case DType::i8:
      return loop<From, std::int8_t>;
    case DType::u16:
      return loop<From, std::uint16_t>;
    case DType::i16:
      return loop<From, std::int16_t>;
    case DType::i32:
      return loop<From, std::int32_t>;
    case DType::i64:
      return loop<From, std::int64_t>;
    case DType::f32:
      return loop<From, float>;
    case DType::f64:
      return loop<From, double>;
    case DType::c64:
      return loop<From, std::complex<float>>;
    case DType::c128:
      return loop<From, std::complex<double>>;
    default:
      return nullptr;
  }
}

void half_to_float(void* out, const void* a, const void*, const void*, Index n) {
  float* y = static_cast<float*>(out);
  const std::uint16_t* x = static_cast<const std::uint16_t*>(a);
  Index i = 0;
#if HWY_TARGET == HWY_AVX3
  for (; i + 16 <= n; i += 16)
    _mm512_storeu_ps(y + i, _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(x + i))));
#elif HWY_TARGET == HWY_AVX2
  for (; i + 8 <= n; i += 8)
    _mm256_storeu_ps(y + i, _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(x + i))));
#endif
  for (; i < n; ++i) y[i] = f16_to_f32(x[i]);
}
void float_to_half(void* out, const void* a, const void*, const void*, Index n) {
  std::uint16_t* y = static_cast<std::uint16_t*>(out);
  const float* x = static_cast<const float*>(a);
  Index i = 0;
#if HWY_TARGET == HWY_AVX3
  for (; i + 16 <= n; i += 16)
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(y + i), _mm512_cvtps_ph(_mm512_loadu_ps(x + i), 0));
#elif HWY_TARGET == HWY_AVX2
  for (; i + 8 <= n; i += 8)
    _mm_storeu_si128(reinterpret_cast<__m128i*>(y + i), _mm256_cvtps_ph(_mm256_loadu_ps(x + i), 0));
#endif
  for (; i < n; ++i) y[i] = f32_to_f16(x[i]);
}

template <class From, class To, To (*convert)(From)>
void by(void* out, const void* a, const void*, const void*, Index n) {
  To* y = static_cast<To*>(out);
  const From* x = static_cast<const From*>(a);
  for (Index i = 0; i < n; ++i) y[i] = convert(x[i]);
}

inline std::uint16_t f64_to_f16(double value) {
  return f32_to_f16(to_odd(value));
}
inline std::uint16_t f64_to_bf16(double value) {
  return f32_to_bf16(to_odd(value));
}
inline std::uint16_t to_bf16(float value) {
  return f32_to_bf16(value);
}
inline float from_bf16(std::uint16_t bits) {
  return bf16_to_f32(bits);
}

}  // namespace

Loop CastLoop(DType a, DType to) {
  switch (a) {
    case DType::boolean:
      return from<bool>(to);
    case DType::u8:
      return from<std::uint8_t>(to);
    case DType::i8:
      return from<std::int8_t>(to);
    case DType::u16:
      return from<std::uint16_t>(to);
    case DType::i16:
      return from<std::int16_t>(to);
    case DType::i32:
      return from<std::int32_t>(to);
    case DType::i64:
      return from<std::int64_t>(to);
    case DType::f16:
      return to == DType::f32 ? half_to_float : nullptr;
    case DType::bf16:
      return to == DType::f32 ? by<std::uint16_t, float, from_bf16> : nullptr;
    case DType::f32:
      return to == DType::f16 ? float_to_half : to == DType::bf16 ? by<float, std::uint16_t, to_bf16> : from<float>(to);
    case DType::f64:
      return to == DType::f16    ? by<double, std::uint16_t, f64_to_f16>
             : to == DType::bf16 ? by<double, std::uint16_t, f64_to_bf16>
                                 : from<double>(to);
    case DType::c64:
      return from<std::complex<float>>(to);
    case DType::c128:
      return from<std::complex<double>>(to);
  }
  return nullptr;
}

}  // namespace fovea::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fovea {

HWY_EXPORT(CastLoop);

Loop cast_loop(DType from, DType to) {
  return from == to ? nullptr : HWY_DYNAMIC_DISPATCH(CastLoop)(from, to);
}

}  // namespace fovea
#endif
