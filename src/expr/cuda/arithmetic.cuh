// Functions of real numbers. Integers wrap around.
namespace fn {

// Wide enough for products of 16 bits without sign.
template <class T>
using Wrapping = decltype(Unsigned<T>() + 0u);

template <class T>
__device__ inline T add(T a, T b) {
  if constexpr (is_integer<T>)
    return static_cast<T>(static_cast<Wrapping<T>>(a) + static_cast<Wrapping<T>>(b));
  else
    return a + b;
}
template <class T>
__device__ inline T subtract(T a, T b) {
  if constexpr (is_integer<T>)
    return static_cast<T>(static_cast<Wrapping<T>>(a) - static_cast<Wrapping<T>>(b));
  else
    return a - b;
}
template <class T>
__device__ inline T multiply(T a, T b) {
  if constexpr (is_integer<T>)
    return static_cast<T>(static_cast<Wrapping<T>>(a) * static_cast<Wrapping<T>>(b));
  else
    return a * b;
}
template <class T>
__device__ inline T divide(T a, T b) {
  return a / b;
}
template <class T>
__device__ inline T square(T a) {
  return multiply(a, a);
}
template <class T>
__device__ inline T negative(T a) {
  if constexpr (is_integer<T>)
    return subtract(T(0), a);
  else
    return -a;
}
template <class T>
__device__ inline T abs(T a) {
  if constexpr (is_floating<T>)
    return ::fabs(a);
  else
    return a < T(0) ? negative(a) : a;
}
template <class T>
__device__ inline T sign(T a) {
  if constexpr (is_floating<T>)
    return a > 0 ? T(1) : a < 0 ? T(-1) : a == 0 ? T(0) : a;
  else
    return static_cast<T>((a > T(0)) - (a < T(0)));
}
template <class T>
__device__ inline T reciprocal(T a) {
  if constexpr (is_floating<T>)
    return 1 / a;
  else
    return a == T(1) || (is_signed<T> && a == static_cast<T>(-1)) ? a : T(0);
}

// Once the left is NaN it stays; fmax and fmin give the other one.
template <class T>
__device__ inline T maximum(T a, T b) {
  return a > b || a != a ? a : b;
}
template <class T>
__device__ inline T minimum(T a, T b) {
  return a < b || a != a ? a : b;
}
template <class T>
__device__ inline T fmax(T a, T b) {
  return a >= b || b != b ? a : b;
}
template <class T>
__device__ inline T fmin(T a, T b) {
  return a <= b || b != b ? a : b;
}
template <class T>
__device__ inline T clip(T a, T low, T high) {
  return minimum(maximum(a, low), high);
}

template <class T>
__device__ inline T fmod(T a, T b) {
  if constexpr (is_floating<T>)
    return ::fmod(a, b);
  else
    return b == 0 || (is_signed<T> && b == static_cast<T>(-1)) ? T(0) : static_cast<T>(a % b);
}
// The sign of the divisor, as in Python.
template <class T>
__device__ inline T remainder(T a, T b) {
  const T r = fmod(a, b);
  if constexpr (is_floating<T>)
    if (r == 0) return ::copysign(T(0), b);
  return r != 0 && (r < 0) != (b < 0) ? static_cast<T>(r + b) : r;
}
template <class T>
__device__ inline T floor_divide(T a, T b) {
  if constexpr (is_floating<T>) {
    if (b == 0) return a / b;
    const T r = ::fmod(a, b);
    T q = (a - r) / b;
    if (r != 0 && (r < 0) != (b < 0)) q -= 1;
    if (q == 0) return ::copysign(T(0), a / b);
    const T whole = ::floor(q);
    return q - whole > T(0.5) ? whole + 1 : whole;
  } else {
    if (b == 0) return 0;
    if (is_signed<T> && b == static_cast<T>(-1)) return negative(a);
    return static_cast<T>(a / b - (a % b != 0 && (a < 0) != (b < 0)));
  }
}
template <class T>
__device__ inline T power(T a, T b) {
  if constexpr (is_floating<T>) {
    return ::pow(a, b);
  } else {
    if (b < 0) return a == 1 ? T(1) : is_signed<T> && a == static_cast<T>(-1) ? static_cast<T>(b % 2 ? -1 : 1) : T(0);
    Wrapping<T> result = 1, base = static_cast<Wrapping<T>>(a);
    for (Unsigned<T> e = static_cast<Unsigned<T>>(b); e != 0; e = static_cast<Unsigned<T>>(e >> 1)) {
      if (e & 1) result *= base;
      base *= base;
    }
    return static_cast<T>(result);
  }
}

// A count outside of the type's width moves all bits out.
template <class T>
__device__ inline T left_shift(T a, T count) {
  const bool outside = count < 0 || static_cast<u64>(count) >= 8 * sizeof(T);
  return outside ? T(0) : static_cast<T>(static_cast<Wrapping<T>>(a) << count);
}
template <class T>
__device__ inline T right_shift(T a, T count) {
  const bool outside = count < 0 || static_cast<u64>(count) >= 8 * sizeof(T);
  return outside ? static_cast<T>(a < 0 ? -1 : 0) : static_cast<T>(a >> count);
}

#define FOVEA_MATH(name, function) \
  template <class T>               \
  __device__ inline T name(T a) {  \
    return ::function(a);          \
  }
FOVEA_MATH(sqrt, sqrt)
FOVEA_MATH(cbrt, cbrt)
FOVEA_MATH(exp, exp)
FOVEA_MATH(exp2, exp2)
FOVEA_MATH(expm1, expm1)
FOVEA_MATH(log, log)
FOVEA_MATH(log2, log2)
FOVEA_MATH(log10, log10)
FOVEA_MATH(log1p, log1p)
FOVEA_MATH(sin, sin)
FOVEA_MATH(cos, cos)
FOVEA_MATH(tan, tan)
FOVEA_MATH(arcsin, asin)
FOVEA_MATH(arccos, acos)
FOVEA_MATH(arctan, atan)
FOVEA_MATH(sinh, sinh)
FOVEA_MATH(cosh, cosh)
FOVEA_MATH(tanh, tanh)
FOVEA_MATH(arcsinh, asinh)
FOVEA_MATH(arccosh, acosh)
FOVEA_MATH(arctanh, atanh)
FOVEA_MATH(floor, floor)
FOVEA_MATH(ceil, ceil)
FOVEA_MATH(trunc, trunc)
FOVEA_MATH(rint, rint)
#undef FOVEA_MATH

template <class T>
__device__ inline T arctan2(T a, T b) {
  return ::atan2(a, b);
}
template <class T>
__device__ inline T hypot(T a, T b) {
  return ::hypot(a, b);
}
template <class T>
__device__ inline T copysign(T a, T b) {
  return ::copysign(a, b);
}
template <class T>
__device__ inline T deg2rad(T a) {
  return a * static_cast<T>(3.14159265358979323846 / 180);
}
template <class T>
__device__ inline T rad2deg(T a) {
  return a * static_cast<T>(180 / 3.14159265358979323846);
}

}  // namespace fn
