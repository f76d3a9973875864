#include <cmath>
#include <type_traits>

#include "expr/loops.h"

// Division, powers and shifts, which hardly vectorise.
namespace fovea {
namespace {

template <class T>
T floor_quotient(T a, T b) {
  if (b == 0) return 0;
  if constexpr (std::is_signed_v<T>) {
    if (b == -1) return static_cast<T>(0 - static_cast<std::make_unsigned_t<T>>(a));  // the lowest one wraps around
    const T q = static_cast<T>(a / b);
    return static_cast<T>(q - ((a % b != 0) && ((a < 0) != (b < 0))));
  }
  return static_cast<T>(a / b);
}

template <class T>
T c_remainder(T a, T b) {
  if (b == 0 || (std::is_signed_v<T> && b == static_cast<T>(-1))) return 0;
  return static_cast<T>(a % b);
}

// As Python's float division: the remainder is exact and has the divisor's sign, the quotient is rounded from it.
template <class T>
T floating_remainder(T a, T b) {
  const T r = std::fmod(a, b);
  if (r == 0) return std::copysign(T{0}, b);
  return (r < 0) != (b < 0) ? r + b : r;
}
template <class T>
T floating_quotient(T a, T b) {
  if (b == 0) return a / b;
  const T r = std::fmod(a, b);
  T q = (a - r) / b;
  if (r != 0 && (r < 0) != (b < 0)) q -= 1;
  if (q == 0) return std::copysign(T{0}, a / b);
  const T whole = std::floor(q);
  return q - whole > T{0.5} ? whole + 1 : whole;
}

struct FloorDivide {
  template <class T>
  static T of(T a, T b) {
    if constexpr (std::is_floating_point_v<T>)
      return floating_quotient(a, b);
    else
      return floor_quotient(a, b);
  }
};
struct Remainder {
  template <class T>
  static T of(T a, T b) {
    if constexpr (std::is_floating_point_v<T>) {
      return floating_remainder(a, b);
    } else {
      const T r = c_remainder(a, b);
      return static_cast<T>(r != 0 && (r < 0) != (b < 0) ? r + b : r);
    }
  }
};
struct Fmod {
  template <class T>
  static T of(T a, T b) {
    if constexpr (std::is_floating_point_v<T>)
      return std::fmod(a, b);
    else
      return c_remainder(a, b);
  }
};
struct Power {
  template <class T>
  static T of(T a, T b) {
    if (b < 0)
      return static_cast<T>(a == 1 ? 1 : std::is_signed_v<T> && a == static_cast<T>(-1) ? (b % 2 ? -1 : 1) : 0);
    using U = std::common_type_t<std::make_unsigned_t<T>, unsigned>;  // wraps around
    U result = 1, base = static_cast<U>(a);
    for (auto e = static_cast<std::make_unsigned_t<T>>(b); e != 0; e = static_cast<decltype(e)>(e >> 1)) {
      if (e & 1) result *= base;
      base *= base;
    }
    return static_cast<T>(result);
  }
};
template <class T>
bool outside(T count) {
  return count < 0 || static_cast<std::uint64_t>(count) >= 8 * sizeof(T);
}
struct LeftShift {
  template <class T>
  static T of(T a, T b) {
    return outside(b) ? T{0} : static_cast<T>(static_cast<std::make_unsigned_t<T>>(a) << b);
  }
};
struct RightShift {
  template <class T>
  static T of(T a, T b) {
    return outside(b) ? static_cast<T>(a < 0 ? -1 : 0) : static_cast<T>(a >> b);
  }
};

template <class T, class F>
void loop(void* out, const void* a, const void* b, const void*, Index n) {
  T* y = static_cast<T*>(out);
  const T *p = static_cast<const T*>(a), *q = static_cast<const T*>(b);
  for (Index i = 0; i < n; ++i) y[i] = F::of(p[i], q[i]);
}

template <class T>
Loop division(Fn fn) {
  switch (fn) {
    case Fn::floor_divide:
      return loop<T, FloorDivide>;
    case Fn::remainder:
      return loop<T, Remainder>;
    case Fn::fmod:
      return loop<T, Fmod>;
    default:
      return nullptr;
  }
}

template <class T>
Loop whole(Fn fn) {
  switch (fn) {
    case Fn::power:
      return loop<T, Power>;
    case Fn::left_shift:
      return loop<T, LeftShift>;
    case Fn::right_shift:
      return loop<T, RightShift>;
    default:
      return division<T>(fn);
  }
}

}  // namespace

Loop integer_loop(Fn fn, DType dtype) {
  switch (dtype) {
    case DType::u8:
      return whole<std::uint8_t>(fn);
    case DType::i8:
      return whole<std::int8_t>(fn);
    case DType::u16:
      return whole<std::uint16_t>(fn);
    case DType::i16:
      return whole<std::int16_t>(fn);
    case DType::i32:
      return whole<std::int32_t>(fn);
    case DType::i64:
      return whole<std::int64_t>(fn);
    case DType::f32:
      return division<float>(fn);
    case DType::f64:
      return division<double>(fn);
    default:
      return nullptr;
  }
}

}  // namespace fovea
