// Functions of complex numbers. Those that are not rational are computed in f64 for c64 as well.
namespace fn {

template <class T>
__device__ inline Complex<T> add(Complex<T> a, Complex<T> b) {
  return {a.re + b.re, a.im + b.im};
}
template <class T>
__device__ inline Complex<T> subtract(Complex<T> a, Complex<T> b) {
  return {a.re - b.re, a.im - b.im};
}
template <class T>
__device__ inline Complex<T> negative(Complex<T> a) {
  return {-a.re, -a.im};
}
template <class T>
__device__ inline Complex<T> multiply(Complex<T> a, Complex<T> b) {
  return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}
template <class T>
__device__ inline Complex<T> square(Complex<T> a) {
  return multiply(a, a);
}
// Smith's algorithm (Comm. ACM 5, 1962).
template <class T>
__device__ inline Complex<T> divide(Complex<T> a, Complex<T> b) {
  const T re = ::fabs(b.re), im = ::fabs(b.im);
  if (re >= im) {
    if (re == 0) return {a.re / re, a.im / re};
    const T ratio = b.im / b.re, scale = 1 / (b.re + b.im * ratio);
    return {(a.re + a.im * ratio) * scale, (a.im - a.re * ratio) * scale};
  }
  const T ratio = b.re / b.im, scale = 1 / (b.im + b.re * ratio);
  return {(a.re * ratio + a.im) * scale, (a.im * ratio - a.re) * scale};
}
template <class T>
__device__ inline Complex<T> reciprocal(Complex<T> a) {
  return divide(Complex<T>{1, 0}, a);
}

template <class T>
__device__ inline T real(Complex<T> a) {
  return a.re;
}
template <class T>
__device__ inline T imag(Complex<T> a) {
  return a.im;
}
template <class T>
__device__ inline Complex<T> conj(Complex<T> a) {
  return {a.re, -a.im};
}
template <class T>
__device__ inline T abs(Complex<T> a) {
  return ::hypot(a.re, a.im);
}
template <class T>
__device__ inline T angle(Complex<T> a) {
  return ::atan2(a.im, a.re);
}
template <class T>
__device__ inline Complex<T> sign(Complex<T> a) {
  if (a.re == 0 && a.im == 0) return a;
  const T size = abs(a);
  return {a.re / size, a.im / size};
}
template <class T>
__device__ inline Complex<T> rint(Complex<T> a) {
  return {::rint(a.re), ::rint(a.im)};
}
template <class T>
__device__ inline bool equal(Complex<T> a, Complex<T> b) {
  return a.re == b.re && a.im == b.im;
}
template <class T>
__device__ inline bool not_equal(Complex<T> a, Complex<T> b) {
  return !equal(a, b);
}
template <class T>
__device__ inline bool isnan(Complex<T> a) {
  return isnan(a.re) || isnan(a.im);
}
template <class T>
__device__ inline bool isinf(Complex<T> a) {
  return isinf(a.re) || isinf(a.im);
}
template <class T>
__device__ inline bool isfinite(Complex<T> a) {
  return isfinite(a.re) && isfinite(a.im);
}

constexpr f64 pi = 3.14159265358979323846, ln2 = 0.693147180559945309417, log2e = 1.44269504088896340736,
              log10e = 0.434294481903251827651;

__device__ inline c128 times_i(c128 z) {
  return {-z.im, z.re};
}
__device__ inline c128 over_i(c128 z) {
  return {z.im, -z.re};
}
__device__ inline f64 largest() {
  return bits_as<f64>(0x7FF0000000000000ull);
}

__device__ inline c128 sqrt(c128 z) {
  if (z.re == 0 && z.im == 0) return {0, z.im};
  if (isinf(z.im)) return {largest(), z.im};
  if (isinf(z.re)) {
    const f64 rest = z.im - z.im;  // 0 or NaN
    return z.re > 0 ? c128{z.re, ::copysign(rest, z.im)} : c128{::fabs(rest), ::copysign(largest(), z.im)};
  }
  // Scaled so that neither the modulus overflows nor its square root's square is subnormal.
  const f64 size = maximum(::fabs(z.re), ::fabs(z.im));
  const bool huge = size > 1e300, tiny = size < 1e-280;
  const f64 scale = huge ? 0.25 : tiny ? 18014398509481984.0 : 1, back = huge ? 2 : tiny ? 7.450580596923828125e-9 : 1;
  const f64 x = z.re * scale, y = z.im * scale, t = ::sqrt((::fabs(x) + ::hypot(x, y)) / 2),
            other = ::fabs(y) / (2 * t);
  return x >= 0 ? c128{t * back, ::copysign(other * back, y)} : c128{other * back, ::copysign(t * back, y)};
}

// exp(x) * a without overflow on the way.
__device__ inline f64 scaled_exp(f64 x, f64 a) {
  if (x < 709) return ::exp(x) * a;
  const f64 half = ::exp(x / 2);
  return half * a * half;
}
__device__ inline c128 exp(c128 z) {
  if (z.im == 0) return {::exp(z.re), z.im};
  if (isinf(z.re) && !isfinite(z.im)) return z.re < 0 ? c128{0, ::copysign(0.0, z.im)} : c128{z.re, z.im - z.im};
  return {scaled_exp(z.re, ::cos(z.im)), scaled_exp(z.re, ::sin(z.im))};
}
__device__ inline c128 expm1(c128 z) {
  const f64 half = ::sin(z.im / 2), e = ::expm1(z.re);
  return {e * ::cos(z.im) - 2 * half * half, (e + 1) * ::sin(z.im)};
}

// Near a modulus of 1, re * re + im * im - 1 is summed with the errors of its squares.
__device__ inline f64 log_modulus(f64 x, f64 y) {
  const f64 h = ::hypot(x, y);
  if (h > 0.7 && h < 1.4) {
    const f64 a = maximum(::fabs(x), ::fabs(y)), b = minimum(::fabs(x), ::fabs(y)), aa = a * a, bb = b * b;
    return ::log1p(aa - 1 + bb + (::fma(a, a, -aa) + ::fma(b, b, -bb))) / 2;
  }
  if (h > 1e300 && isfinite(x) && isfinite(y)) return ::log(::hypot(x / 4, y / 4)) + 2 * ln2;
  return h < 1e-290 && h > 0 ? ::log(::hypot(x * 1.152921504606846976e18, y * 1.152921504606846976e18)) - 60 * ln2
                             : ::log(h);
}
__device__ inline c128 log(c128 z) {
  return {log_modulus(z.re, z.im), ::atan2(z.im, z.re)};
}
__device__ inline c128 log1p(c128 z) {
  if (::fabs(z.re) > 0.5 || ::fabs(z.im) > 0.5) return log(c128{1 + z.re, z.im});
  return {::log1p(z.re * (2 + z.re) + z.im * z.im) / 2, ::atan2(z.im, 1 + z.re)};
}
__device__ inline c128 exp2(c128 z) {
  return exp(c128{z.re * ln2, z.im * ln2});
}
__device__ inline c128 log2(c128 z) {
  const c128 l = log(z);
  return {l.re * log2e, l.im * log2e};
}
__device__ inline c128 log10(c128 z) {
  const c128 l = log(z);
  return {l.re * log10e, l.im * log10e};
}

__device__ inline c128 sinh(c128 z) {
  if (z.im == 0) return {::sinh(z.re), z.im};
  if (z.re == 0) return {z.re, ::sin(z.im)};
  const f64 c = ::cos(z.im), s = ::sin(z.im), x = ::fabs(z.re);
  if (x < 709) return {::sinh(z.re) * c, ::cosh(z.re) * s};
  return {::copysign(1.0, z.re) * scaled_exp(x, c / 2), scaled_exp(x, s / 2)};
}
__device__ inline c128 cosh(c128 z) {
  if (z.im == 0) return {::cosh(z.re), z.re == z.re ? ::copysign(1.0, z.re) * z.im : z.im};
  const f64 c = ::cos(z.im), s = ::sin(z.im), x = ::fabs(z.re);
  if (z.re == 0) return {c, isfinite(z.im) ? z.re * s : 0.0};
  if (x < 709) return {::cosh(z.re) * c, ::sinh(z.re) * s};
  return {scaled_exp(x, c / 2), ::copysign(1.0, z.re) * scaled_exp(x, s / 2)};
}
// W. Kahan, Branch Cuts for Complex Elementary Functions, 1987; so are the inverse functions.
__device__ inline c128 tanh(c128 z) {
  if (z.im == 0) return {::tanh(z.re), z.im};
  if (z.re == 0) return {z.re, ::tan(z.im)};
  if (::fabs(z.re) > 22) {
    const f64 twice = isfinite(z.im) ? 4 * ::sin(z.im) * ::cos(z.im) : ::copysign(0.0, z.im);
    return {::copysign(1.0, z.re), twice * ::exp(-2 * ::fabs(z.re))};
  }
  const f64 t = ::tan(z.im), b = 1 + t * t, s = ::sinh(z.re), d = 1 + b * s * s;
  return {b * ::sqrt(1 + s * s) * s / d, t / d};
}
__device__ inline c128 sin(c128 z) {
  return over_i(sinh(times_i(z)));
}
__device__ inline c128 cos(c128 z) {
  return cosh(times_i(z));
}
__device__ inline c128 tan(c128 z) {
  return over_i(tanh(times_i(z)));
}

constexpr f64 far = 1e18;  // from here on 1 is nothing beside z
__device__ inline bool is_far(c128 z) {
  return ::fabs(z.re) > far || ::fabs(z.im) > far;
}
__device__ inline c128 arcsin(c128 z) {
  if (is_far(z))
    return {::copysign(::atan2(::fabs(z.re), ::fabs(z.im)), z.re), ::copysign(log_modulus(z.re, z.im) + ln2, z.im)};
  const c128 a = sqrt(c128{1 - z.re, -z.im}), b = sqrt(c128{1 + z.re, z.im});
  return {::atan2(z.re, a.re * b.re - a.im * b.im), ::asinh(a.re * b.im - a.im * b.re)};
}
__device__ inline c128 arccos(c128 z) {
  if (is_far(z)) return {::atan2(::fabs(z.im), z.re), -::copysign(log_modulus(z.re, z.im) + ln2, z.im)};
  const c128 a = sqrt(c128{1 - z.re, -z.im}), b = sqrt(c128{1 + z.re, z.im});
  return {2 * ::atan2(a.re, b.re), ::asinh(b.re * a.im - b.im * a.re)};
}
__device__ inline c128 arccosh(c128 z) {
  if (is_far(z)) return {log_modulus(z.re, z.im) + ln2, ::atan2(z.im, z.re)};
  const c128 a = sqrt(c128{z.re - 1, z.im}), b = sqrt(c128{z.re + 1, z.im});
  return {::asinh(a.re * b.re + a.im * b.im), 2 * ::atan2(a.im, b.re)};
}
__device__ inline c128 arctanh(c128 z) {
  const f64 x = ::fabs(z.re), y = z.im;
  if (is_far(z)) {
    const f64 h = ::hypot(x, y);
    return {::copysign(isinf(h) ? 0.0 : x / h / h, z.re), y == y ? ::copysign(pi / 2, y) : y};
  }
  const f64 re = ::log1p(4 * x / ((1 - x) * (1 - x) + y * y)) / 4, im = ::atan2(2 * y, (1 - x) * (1 + x) - y * y) / 2;
  return {::copysign(re, z.re), im};
}
__device__ inline c128 arcsinh(c128 z) {
  return over_i(arcsin(times_i(z)));
}
__device__ inline c128 arctan(c128 z) {
  return over_i(arctanh(times_i(z)));
}

#define FOVEA_IN_F64(name)                                         \
  __device__ inline c64 name(c64 z) {                              \
    const c128 wide = name(c128{z.re, z.im});                      \
    return {static_cast<f32>(wide.re), static_cast<f32>(wide.im)}; \
  }
FOVEA_IN_F64(sqrt)
FOVEA_IN_F64(exp)
FOVEA_IN_F64(exp2)
FOVEA_IN_F64(expm1)
FOVEA_IN_F64(log)
FOVEA_IN_F64(log2)
FOVEA_IN_F64(log10)
FOVEA_IN_F64(log1p)
FOVEA_IN_F64(sin)
FOVEA_IN_F64(cos)
FOVEA_IN_F64(tan)
FOVEA_IN_F64(arcsin)
FOVEA_IN_F64(arccos)
FOVEA_IN_F64(arctan)
FOVEA_IN_F64(sinh)
FOVEA_IN_F64(cosh)
FOVEA_IN_F64(tanh)
FOVEA_IN_F64(arcsinh)
FOVEA_IN_F64(arccosh)
FOVEA_IN_F64(arctanh)
#undef FOVEA_IN_F64

// Small whole powers are products.
template <class T>
__device__ inline Complex<T> power(Complex<T> a, Complex<T> b) {
  if (b.re == 0 && b.im == 0) return {1, 0};
  if (a.re == 0 && a.im == 0) {
    const T nan = static_cast<T>(largest() - largest());
    return b.re > 0 && b.im == 0 ? Complex<T>{0, 0} : Complex<T>{nan, nan};
  }
  if (b.im == 0 && b.re == ::trunc(b.re) && ::fabs(b.re) < 100) {
    Complex<T> result{1, 0}, base = a;
    for (int e = static_cast<int>(::fabs(b.re)); e != 0; e /= 2) {
      if (e % 2) result = multiply(result, base);
      base = multiply(base, base);
    }
    return b.re < 0 ? reciprocal(result) : result;
  }
  const c128 p = exp(multiply(c128{b.re, b.im}, log(c128{a.re, a.im})));
  return {static_cast<T>(p.re), static_cast<T>(p.im)};
}

}  // namespace fn
