#include <cmath>
#include <complex>
#include <type_traits>

#include "expr/loops.h"
#include "expr/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "expr/arithmetic.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

// Plain loops, which the compiler vectorises for each target.
HWY_BEFORE_NAMESPACE();
namespace fovea::HWY_NAMESPACE {
namespace {

// Integers wrap around: they are computed without sign, and wide enough for products of 16 bits.
template <class T>
using Wrapping = std::common_type_t<std::make_unsigned_t<T>, unsigned>;

template <class T, class F>
T wrapped(T a, T b, F f) {
  if constexpr (std::is_integral_v<T>)
    return static_cast<T>(f(static_cast<Wrapping<T>>(a), static_cast<Wrapping<T>>(b)));
  else
    return f(a, b);
}

struct Add {
  template <class T>
  static T of(T a, T b, T) {
    return wrapped(a, b, [](auto x, auto y) { return x + y; });
  }
};
struct Subtract {
  template <class T>
  static T of(T a, T b, T) {
    return wrapped(a, b, [](auto x, auto y) { return x - y; });
  }
};
struct Multiply {
  template <class T>
  static T of(T a, T b, T) {
    return wrapped(a, b, [](auto x, auto y) { return x * y; });
  }
};
struct MultiplyAdd {
  template <class T>
  static T of(T a, T b, T c) {
    return a * b + c;
  }
};
struct Divide {
  template <class T>
  static T of(T a, T b, T) {
    return a / b;
  }
};
struct Square {
  template <class T>
  static T of(T a, T, T) {
    return Multiply::of(a, a, a);
  }
};
struct Negative {
  template <class T>
  static T of(T a, T, T) {
    if constexpr (std::is_integral_v<T>) return Subtract::of(T{0}, a, a);
    return static_cast<T>(-a);
  }
};
struct Abs {
  template <class T>
  static T of(T a, T, T) {
    if constexpr (std::is_unsigned_v<T>) return a;
    if constexpr (std::is_integral_v<T>) return a < 0 ? Subtract::of(T{0}, a, a) : a;
    return static_cast<T>(std::fabs(static_cast<std::conditional_t<std::is_integral_v<T>, double, T>>(a)));
  }
};
struct Sign {
  template <class T>
  static T of(T a, T, T) {
    if constexpr (std::is_floating_point_v<T>) return a > 0 ? T{1} : a < 0 ? T{-1} : a == 0 ? T{0} : a;
    return static_cast<T>((a > 0) - (std::is_signed_v<T> && a < 0));
  }
};
// With NaN first: once the left is NaN it stays.
struct Maximum {
  template <class T>
  static T of(T a, T b, T) {
    return a > b || a != a ? a : b;
  }
};
struct Minimum {
  template <class T>
  static T of(T a, T b, T) {
    return a < b || a != a ? a : b;
  }
};
struct Fmax {
  template <class T>
  static T of(T a, T b, T) {
    return a >= b || b != b ? a : b;
  }
};
struct Fmin {
  template <class T>
  static T of(T a, T b, T) {
    return a <= b || b != b ? a : b;
  }
};
struct Clip {
  template <class T>
  static T of(T a, T low, T high) {
    return Minimum::of(Maximum::of(a, low, a), high, a);
  }
};
struct Reciprocal {
  template <class T>
  static T of(T a, T, T) {
    if constexpr (std::is_floating_point_v<T>) return 1 / a;
    return static_cast<T>(a == 1 || (std::is_signed_v<T> && a == static_cast<T>(-1)) ? a : T{0});
  }
};
struct Sqrt {
  template <class T>
  static T of(T a, T, T) {
    return std::sqrt(a);
  }
};
struct Floor {
  template <class T>
  static T of(T a, T, T) {
    return std::floor(a);
  }
};
struct Ceil {
  template <class T>
  static T of(T a, T, T) {
    return std::ceil(a);
  }
};
struct Trunc {
  template <class T>
  static T of(T a, T, T) {
    return std::trunc(a);
  }
};
struct Rint {
  template <class T>
  static T of(T a, T, T) {
    return std::nearbyint(a);
  }
};
struct Copysign {
  template <class T>
  static T of(T a, T b, T) {
    return std::copysign(a, b);
  }
};
struct Deg2rad {
  template <class T>
  static T of(T a, T, T) {
    return a * static_cast<T>(M_PI / 180);
  }
};
struct Rad2deg {
  template <class T>
  static T of(T a, T, T) {
    return a * static_cast<T>(180 / M_PI);
  }
};

template <class T, class F>
void loop(void* out, const void* a, const void* b, const void* c, Index n) {
  T* y = static_cast<T*>(out);
  const T *p = static_cast<const T*>(a), *q = static_cast<const T*>(b ? b : a), *r = static_cast<const T*>(c ? c : a);
#pragma GCC ivdep
  for (Index i = 0; i < n; ++i) y[i] = F::of(p[i], q[i], r[i]);
}

// Complex numbers as pairs: their sums are the sums of twice as many real numbers.
template <class T, class F>
void pair_loop(void* out, const void* a, const void* b, const void* c, Index n) {
  loop<T, F>(out, a, b, c, 2 * n);
}

template <class T>
Loop number_loop(Fn fn) {
  switch (fn) {
    case Fn::add:
      return loop<T, Add>;
    case Fn::subtract:
      return loop<T, Subtract>;
    case Fn::multiply:
      return loop<T, Multiply>;
    case Fn::square:
      return loop<T, Square>;
    case Fn::negative:
      return loop<T, Negative>;
    case Fn::abs:
      return loop<T, Abs>;
    case Fn::sign:
      return loop<T, Sign>;
    case Fn::maximum:
      return loop<T, Maximum>;
    case Fn::minimum:
      return loop<T, Minimum>;
    case Fn::fmax:
      return loop<T, Fmax>;
    case Fn::fmin:
      return loop<T, Fmin>;
    case Fn::clip:
      return loop<T, Clip>;
    case Fn::reciprocal:
      return loop<T, Reciprocal>;
    default:
      return nullptr;
  }
}

template <class T>
Loop floating_loop(Fn fn) {
  switch (fn) {
    case Fn::multiply_add:
      return loop<T, MultiplyAdd>;
    case Fn::divide:
      return loop<T, Divide>;
    case Fn::sqrt:
      return loop<T, Sqrt>;
    case Fn::floor:
      return loop<T, Floor>;
    case Fn::ceil:
      return loop<T, Ceil>;
    case Fn::trunc:
      return loop<T, Trunc>;
    case Fn::rint:
      return loop<T, Rint>;
    case Fn::copysign:
      return loop<T, Copysign>;
    case Fn::deg2rad:
      return loop<T, Deg2rad>;
    case Fn::rad2deg:
      return loop<T, Rad2deg>;
    default:
      return number_loop<T>(fn);
  }
}

template <class T>
Loop complex_sums(Fn fn) {
  switch (fn) {
    case Fn::add:
      return pair_loop<T, Add>;
    case Fn::subtract:
      return pair_loop<T, Subtract>;
    case Fn::negative:
      return pair_loop<T, Negative>;
    default:
      return nullptr;
  }
}

}  // namespace

Loop ArithmeticLoop(Fn fn, DType dtype) {
  switch (dtype) {
    case DType::u8:
      return number_loop<std::uint8_t>(fn);
    case DType::i8:
      return number_loop<std::int8_t>(fn);
    case DType::u16:
      return number_loop<std::uint16_t>(fn);
    case DType::i16:
      return number_loop<std::int16_t>(fn);
    case DType::i32:
      return number_loop<std::int32_t>(fn);
    case DType::i64:
      return number_loop<std::int64_t>(fn);
    case DType::f32:
      return floating_loop<float>(fn);
    case DType::f64:
      return floating_loop<double>(fn);
    case DType::c64:
      return complex_sums<float>(fn);
    case DType::c128:
      return complex_sums<double>(fn);
    default:
      return nullptr;
  }
}

}  // namespace fovea::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fovea {

HWY_EXPORT(ArithmeticLoop);

Loop arithmetic_loop(Fn fn, DType dtype) {
  return HWY_DYNAMIC_DISPATCH(ArithmeticLoop)(fn, dtype);
}

}  // namespace fovea
#endif
