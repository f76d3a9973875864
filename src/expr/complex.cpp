#include <algorithm>
#include <cmath>
#include <complex>

#include "expr/loops.h"

namespace fovea {
namespace {

template <class T>
using Complex = std::complex<T>;

// By the textbook, without the rescue of infinities that C's operator adds: as NumPy.
template <class T>
Complex<T> product(Complex<T> a, Complex<T> b) {
  return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}

// Smith's algorithm (Comm. ACM 5, 1962), which does not overflow where the quotient does not.
template <class T>
Complex<T> quotient(Complex<T> a, Complex<T> b) {
  const T re = std::abs(b.real()), im = std::abs(b.imag());
  if (re >= im) {
    if (re == 0) return {a.real() / re, a.imag() / re};
    const T ratio = b.imag() / b.real(), scale = 1 / (b.real() + b.imag() * ratio);
    return {(a.real() + a.imag() * ratio) * scale, (a.imag() - a.real() * ratio) * scale};
  }
  const T ratio = b.real() / b.imag(), scale = 1 / (b.imag() + b.real() * ratio);
  return {(a.real() * ratio + a.imag()) * scale, (a.imag() * ratio - a.real()) * scale};
}

template <class T>
Complex<T> power(Complex<T> a, Complex<T> b) {
  if (b == Complex<T>(0)) return 1;
  if (a == Complex<T>(0)) return b.real() > 0 && b.imag() == 0 ? Complex<T>(0) : Complex<T>(NAN, NAN);
  const T whole = std::trunc(b.real());
  if (b.imag() == 0 && b.real() == whole && std::abs(whole) < 100) {  // exact for small whole powers
    Complex<T> result(1), base = a;
    for (int e = std::abs(static_cast<int>(whole)); e != 0; e /= 2) {
      if (e % 2) result = product(result, base);
      base = product(base, base);
    }
    return whole < 0 ? quotient(Complex<T>(1), result) : result;
  }
  return std::pow(a, b);
}

template <class T>
Complex<T> expm1(Complex<T> z) {
  const T half = std::sin(z.imag() / 2), e = std::expm1(z.real());
  return {e * std::cos(z.imag()) - 2 * half * half, (e + 1) * std::sin(z.imag())};
}
template <class T>
Complex<T> log1p(Complex<T> z) {
  const T x = z.real(), y = z.imag();
  if (std::abs(x) > T{0.5} || std::abs(y) > T{0.5}) return std::log(Complex<T>(1 + x, y));
  return {std::log1p(x * (2 + x) + y * y) / 2, std::atan2(y, 1 + x)};
}

template <class T, class R, class F>
void loop(void* out, const void* a, const void* b, Index n, F f) {
  R* y = static_cast<R*>(out);
  const T *p = static_cast<const T*>(a), *q = static_cast<const T*>(b ? b : a);
  for (Index i = 0; i < n; ++i) y[i] = f(p[i], q[i]);
}

template <class T>
Loop loop_of(Fn function) {
  using C = Complex<T>;
  switch (function) {
#define FOVEA_CASE(fn, result, value)                                                         \
  case Fn::fn:                                                                                \
    return [](void* y, const void* p, const void* q, const void*, Index n) {                  \
      loop<C, result>(y, p, q, n, [](C a, [[maybe_unused]] C b) -> result { return value; }); \
    };
    FOVEA_CASE(multiply, C, product(a, b))
    FOVEA_CASE(square, C, product(a, a))
    FOVEA_CASE(divide, C, quotient(a, b))
    FOVEA_CASE(reciprocal, C, quotient(C(1), a))
    FOVEA_CASE(power, C, power(a, b))
    FOVEA_CASE(abs, T, std::abs(a))
    FOVEA_CASE(real, T, a.real())
    FOVEA_CASE(imag, T, a.imag())
    FOVEA_CASE(conj, C, std::conj(a))
    FOVEA_CASE(angle, T, std::arg(a))
    FOVEA_CASE(sign, C, a == C(0) ? a : a / std::abs(a))
    FOVEA_CASE(rint, C, C(std::nearbyint(a.real()), std::nearbyint(a.imag())))
    FOVEA_CASE(sqrt, C, std::sqrt(a))
    FOVEA_CASE(exp, C, std::exp(a))
    FOVEA_CASE(exp2, C, std::exp(a * static_cast<T>(M_LN2)))
    FOVEA_CASE(expm1, C, expm1(a))
    FOVEA_CASE(log, C, std::log(a))
    FOVEA_CASE(log2, C, std::log(a) * static_cast<T>(M_LOG2E))
    FOVEA_CASE(log10, C, std::log10(a))
    FOVEA_CASE(log1p, C, log1p(a))
    FOVEA_CASE(sin, C, std::sin(a))
    FOVEA_CASE(cos, C, std::cos(a))
    FOVEA_CASE(tan, C, std::tan(a))
    FOVEA_CASE(arcsin, C, std::asin(a))
    FOVEA_CASE(arccos, C, std::acos(a))
    FOVEA_CASE(arctan, C, std::atan(a))
    FOVEA_CASE(sinh, C, std::sinh(a))
    FOVEA_CASE(cosh, C, std::cosh(a))
    FOVEA_CASE(tanh, C, std::tanh(a))
    FOVEA_CASE(arcsinh, C, std::asinh(a))
    FOVEA_CASE(arccosh, C, std::acosh(a))
    FOVEA_CASE(arctanh, C, std::atanh(a))
#undef FOVEA_CASE
    default:
      return nullptr;
  }
}

// Real numbers have parts too.
template <class T>
Loop part_of_real(Fn function) {
  if (function == Fn::imag)
    return [](void* y, const void*, const void*, const void*, Index n) {
      std::fill_n(static_cast<T*>(y), static_cast<std::size_t>(n), T{0});
    };
  if constexpr (std::is_floating_point_v<T>)
    if (function == Fn::angle)
      return [](void* y, const void* p, const void*, const void*, Index n) {
        loop<T, T>(y, p, nullptr, n, [](T a, T) { return std::isnan(a) ? a : std::signbit(a) ? T(M_PI) : T{0}; });
      };
  return nullptr;
}

}  // namespace

Loop complex_loop(Fn fn, DType dtype) {
  switch (dtype) {
    case DType::c64:
      return loop_of<float>(fn);
    case DType::c128:
      return loop_of<double>(fn);
    case DType::f32:
      return part_of_real<float>(fn);
    case DType::f64:
      return part_of_real<double>(fn);
    case DType::i64:
      return part_of_real<std::int64_t>(fn);
    case DType::i32:
      return part_of_real<std::int32_t>(fn);
    case DType::i16:
    case DType::u16:
      return part_of_real<std::int16_t>(fn);
    case DType::i8:
    case DType::u8:
    case DType::boolean:
      return part_of_real<std::int8_t>(fn);
    default:
      return nullptr;
  }
}

Loop find_loop(Fn fn, DType compute) {
  for (const auto kind : {square_root_loop, arithmetic_loop, logic_loop, math_loop, complex_loop, integer_loop})
    if (const Loop loop = kind(fn, compute)) return loop;
  return nullptr;
}

}  // namespace fovea
