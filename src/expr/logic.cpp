#include <cmath>
#include <complex>

#include "expr/loops.h"
#include "expr/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "expr/logic.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

// Comparison, logic and selection: loops that the compiler vectorises for each target. A bool is a byte of 0 or 1.
HWY_BEFORE_NAMESPACE();
namespace fovea::HWY_NAMESPACE {
namespace {

using Byte = std::uint8_t;

struct Equal {
  template <class T>
  static Byte of(T a, T b) {
    return a == b;
  }
};
struct NotEqual {
  template <class T>
  static Byte of(T a, T b) {
    return a != b;
  }
};
struct Less {
  template <class T>
  static Byte of(T a, T b) {
    return a < b;
  }
};
struct LessEqual {
  template <class T>
  static Byte of(T a, T b) {
    return a <= b;
  }
};
struct Greater {
  template <class T>
  static Byte of(T a, T b) {
    return a > b;
  }
};
struct GreaterEqual {
  template <class T>
  static Byte of(T a, T b) {
    return a >= b;
  }
};
struct And {
  template <class T>
  static T of(T a, T b) {
    return static_cast<T>(a & b);
  }
};
struct Or {
  template <class T>
  static T of(T a, T b) {
    return static_cast<T>(a | b);
  }
};
struct Xor {
  template <class T>
  static T of(T a, T b) {
    return static_cast<T>(a ^ b);
  }
};
struct Invert {
  template <class T>
  static T of(T a, T) {
    return static_cast<T>(~a);
  }
};
struct Not {
  static Byte of(Byte a, Byte) { return a ^ 1; }
};
struct First {
  template <class T>
  static T of(T a, T) {
    return a;
  }
};
struct IsNan {
  template <class T>
  static Byte of(T a, T) {
    return a != a;
  }
};
struct IsInf {
  template <class T>
  static Byte of(T a, T) {
    return a - a != a - a && a == a;
  }
};
struct IsFinite {
  template <class T>
  static Byte of(T a, T) {
    return a - a == a - a;
  }
};
struct SignBit {
  template <class T>
  static Byte of(T a, T) {
    if constexpr (std::is_floating_point_v<T>) return std::signbit(a);
    return a < 0;
  }
};
struct No {
  template <class T>
  static Byte of(T, T) {
    return 0;
  }
};
struct Yes {
  template <class T>
  static Byte of(T, T) {
    return 1;
  }
};

template <class T, class R, class F>
void loop(void* out, const void* a, const void* b, const void*, Index n) {
  R* y = static_cast<R*>(out);
  const T *p = static_cast<const T*>(a), *q = static_cast<const T*>(b ? b : a);
#pragma GCC ivdep
  for (Index i = 0; i < n; ++i) y[i] = F::of(p[i], q[i]);
}

// A test of complex numbers: of either part, or of both.
template <class T, class F, bool both>
void part_test(void* out, const void* a, const void*, const void*, Index n) {
  Byte* y = static_cast<Byte*>(out);
  const T* p = static_cast<const T*>(a);
  for (Index i = 0; i < n; ++i) {
    const Byte re = F::of(p[2 * i], p[2 * i]), im = F::of(p[2 * i + 1], p[2 * i + 1]);
    y[i] = both ? re & im : re | im;
  }
}

struct Pair {
  std::uint64_t low, high;
};

template <class T>
void select(void* out, const void* condition, const void* a, const void* b, Index n) {
  T* y = static_cast<T*>(out);
  const Byte* m = static_cast<const Byte*>(condition);
  const T *p = static_cast<const T*>(a), *q = static_cast<const T*>(b);
#pragma GCC ivdep
  for (Index i = 0; i < n; ++i) y[i] = m[i] ? p[i] : q[i];
}

Loop selection(DType dtype) {
  switch (size_of(dtype)) {
    case 1:
      return select<std::uint8_t>;
    case 2:
      return select<std::uint16_t>;
    case 4:
      return select<std::uint32_t>;
    case 8:
      return select<std::uint64_t>;
    default:
      return select<Pair>;
  }
}

template <class T>
Loop equality(Fn fn) {
  return fn == Fn::equal ? loop<T, Byte, Equal> : fn == Fn::not_equal ? loop<T, Byte, NotEqual> : Loop{};
}

template <class T>
Loop comparison(Fn fn) {
  switch (fn) {
    case Fn::less:
      return loop<T, Byte, Less>;
    case Fn::less_equal:
      return loop<T, Byte, LessEqual>;
    case Fn::greater:
      return loop<T, Byte, Greater>;
    case Fn::greater_equal:
      return loop<T, Byte, GreaterEqual>;
    case Fn::signbit:
      return loop<T, Byte, SignBit>;
    default:
      return equality<T>(fn);
  }
}

template <class T>
Loop bits(Fn fn) {
  switch (fn) {
    case Fn::bitwise_and:
      return loop<T, T, And>;
    case Fn::bitwise_or:
      return loop<T, T, Or>;
    case Fn::bitwise_xor:
      return loop<T, T, Xor>;
    case Fn::invert:
      return loop<T, T, Invert>;
    case Fn::isnan:
    case Fn::isinf:
      return loop<T, Byte, No>;
    case Fn::isfinite:
      return loop<T, Byte, Yes>;
    default:
      return comparison<T>(fn);
  }
}

template <class T>
Loop floating(Fn fn) {
  switch (fn) {
    case Fn::isnan:
      return loop<T, Byte, IsNan>;
    case Fn::isinf:
      return loop<T, Byte, IsInf>;
    case Fn::isfinite:
      return loop<T, Byte, IsFinite>;
    default:
      return comparison<T>(fn);
  }
}

template <class T>
Loop complex(Fn fn) {
  switch (fn) {
    case Fn::isnan:
      return part_test<T, IsNan, false>;
    case Fn::isinf:
      return part_test<T, IsInf, false>;
    case Fn::isfinite:
      return part_test<T, IsFinite, true>;
    default:
      return equality<std::complex<T>>(fn);
  }
}

Loop truth(Fn fn) {
  switch (fn) {
    case Fn::add:
    case Fn::maximum:
    case Fn::fmax:
    case Fn::bitwise_or:
    case Fn::logical_or:
      return loop<Byte, Byte, Or>;
    case Fn::multiply:
    case Fn::minimum:
    case Fn::fmin:
    case Fn::bitwise_and:
    case Fn::logical_and:
      return loop<Byte, Byte, And>;
    case Fn::bitwise_xor:
    case Fn::logical_xor:
      return loop<Byte, Byte, Xor>;
    case Fn::invert:
    case Fn::logical_not:
      return loop<Byte, Byte, Not>;
    case Fn::square:
    case Fn::abs:
      return loop<Byte, Byte, First>;
    case Fn::clip:
      return [](void* out, const void* a, const void* low, const void* high, Index n) {
        loop<Byte, Byte, Or>(out, a, low, nullptr, n);
        loop<Byte, Byte, And>(out, out, high, nullptr, n);
      };
    case Fn::signbit:
      return loop<Byte, Byte, No>;
    default:
      return bits<Byte>(fn);
  }
}

}  // namespace

Loop LogicLoop(Fn fn, DType dtype) {
  if (fn == Fn::where) return selection(dtype);
  switch (dtype) {
    case DType::boolean:
      return truth(fn);
    case DType::u8:
      return bits<std::uint8_t>(fn);
    case DType::i8:
      return bits<std::int8_t>(fn);
    case DType::u16:
      return bits<std::uint16_t>(fn);
    case DType::i16:
      return bits<std::int16_t>(fn);
    case DType::i32:
      return bits<std::int32_t>(fn);
    case DType::i64:
      return bits<std::int64_t>(fn);
    case DType::f32:
      return floating<float>(fn);
    case DType::f64:
      return floating<double>(fn);
    case DType::c64:
      return complex<float>(fn);
    case DType::c128:
      return complex<double>(fn);
    default:
      return nullptr;
  }
}

}  // namespace fovea::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fovea {

HWY_EXPORT(LogicLoop);

Loop logic_loop(Fn fn, DType dtype) {
  return HWY_DYNAMIC_DISPATCH(LogicLoop)(fn, dtype);
}

}  // namespace fovea
#endif
