// Conversions between all types, as C++'s; floating values saturate at an integer's range, NaN gives 0.
// To and from f16 devices have instructions, which make other NaNs than the CPU.
__device__ inline f32 widened(bf16 value) {
  return bits_as<f32>(static_cast<u32>(value.bits) << 16);
}
__device__ inline f32 widened(f16 value) {
  const u32 sign = (value.bits & 0x8000u) << 16, exponent = value.bits >> 10 & 0x1Fu, fraction = value.bits & 0x3FFu;
  if (exponent == 31) return bits_as<f32>(sign | 0x7F800000u | fraction << 13);
#ifdef __CUDA_ARCH__
  f32 result;
  asm("cvt.f32.f16 %0, %1;" : "=f"(result) : "h"(value.bits));
  return result;
#else
  if (exponent != 0) return bits_as<f32>(sign | (exponent + 112) << 23 | fraction << 13);
  const f32 magnitude = static_cast<f32>(fraction) * 5.9604644775390625e-8f;  // 2^-24
  return bits_as<f32>(bits_as<u32>(magnitude) | sign);
#endif
}

// To nearest, ties to even.
__device__ inline void narrow(f32 value, bf16& to) {
  const u32 bits = bits_as<u32>(value);
  const bool nan = (bits & 0x7FFFFFFFu) > 0x7F800000u;
  to.bits = static_cast<u16>(nan ? bits >> 16 | 0x40u : (bits + 0x7FFFu + (bits >> 16 & 1u)) >> 16);
}
// Not of NaN.
__device__ inline u16 f16_bits(f32 value) {
  u16 result = 0;
#ifdef __CUDA_ARCH__
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(result) : "f"(value));
#else
  const u32 bits = bits_as<u32>(value), magnitude = bits & 0x7FFFFFFFu;
  if (magnitude >= 0x477FF000u) {
    result = 0x7C00u;
  } else if (magnitude >= 0x38800000u) {
    result = static_cast<u16>((magnitude + 0xFFFu + (magnitude >> 13 & 1u) - 0x38000000u) >> 13);
  } else if (magnitude >= 0x33000000u) {
    const u32 significand = (magnitude & 0x7FFFFFu) | 0x800000u, shift = 126 - (magnitude >> 23);
    const u32 rest = significand & ((1u << shift) - 1), tie = 1u << (shift - 1);
    result = static_cast<u16>(significand >> shift);
    if (rest > tie || (rest == tie && (result & 1u) != 0)) ++result;
  }
  result = static_cast<u16>(result | (bits >> 16 & 0x8000u));
#endif
  return result;
}
__device__ inline void narrow(f32 value, f16& to) {
  const u32 bits = bits_as<u32>(value), nan = (bits >> 16 & 0x8000u) | 0x7E00u | (bits >> 13 & 0x1FFu);
  to.bits = (bits & 0x7FFFFFFFu) > 0x7F800000u ? static_cast<u16>(nan) : f16_bits(value);
}
// An f64 goes through the f32 with an odd last bit, so that it is rounded once.
template <class Half>
__device__ inline void narrow(f64 value, Half& to) {
  f32 near = static_cast<f32>(value);
  if (static_cast<f64>(near) != value && value == value && near - near == 0) {
    u32 bits = bits_as<u32>(near);
    if (::fabs(static_cast<f64>(near)) > ::fabs(value)) --bits;
    near = bits_as<f32>(bits | 1u);
  }
  narrow(near, to);
}

template <class To, class From>
__device__ inline To saturated(From value) {
  constexpr int bits = 8 * sizeof(To) - (is_signed<To> ? 1 : 0);
  constexpr To highest = static_cast<To>(static_cast<Unsigned<To>>(~0ull >> (64 - bits)));
  constexpr To lowest = is_signed<To> ? static_cast<To>(-highest - 1) : To(0);
  constexpr From high = static_cast<From>(1ull << bits), low = static_cast<From>(lowest);
  return value >= high ? highest : value < low ? lowest : value == value ? static_cast<To>(value) : To(0);
}

template <class To, class From>
__device__ inline To convert(From value) {
  if constexpr (same<To, From>) {
    return value;
  } else if constexpr (is_half<From>) {
    return convert<To>(widened(value));
  } else if constexpr (is_half<To>) {
    To to;
    if constexpr (is_floating<From>)
      narrow(value, to);
    else
      narrow(convert<f64>(value), to);
    return to;
  } else if constexpr (is_complex<From>) {
    if constexpr (is_complex<To>)
      return To{static_cast<decltype(To::re)>(value.re), static_cast<decltype(To::re)>(value.im)};
    else if constexpr (same<To, bool>)
      return value.re != 0 || value.im != 0;
    else
      return convert<To>(value.re);
  } else if constexpr (is_complex<To>) {
    return To{static_cast<decltype(To::re)>(value), 0};
  } else if constexpr (same<To, bool>) {
    return value != From(0);
  } else if constexpr (is_floating<From> && is_integer<To>) {
    return saturated<To>(value);
  } else {
    return static_cast<To>(value);
  }
}
