#include <algorithm>
#include <cmath>
#include <complex>
#include <cstring>
#include <type_traits>

#include "expr/loops.h"
#include "expr/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "expr/fold.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fovea::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

struct Sum {
  template <class T>
  static T of(T a, T b) {
    return a + b;
  }
  template <class V>
  static V vectors(V a, V b) {
    return hn::Add(a, b);
  }
};
struct Product {
  template <class T>
  static T of(T a, T b) {
    return a * b;
  }
  template <class V>
  static V vectors(V a, V b) {
    return hn::Mul(a, b);
  }
};
// Once the left is NaN it stays.
struct Smallest {
  template <class T>
  static T of(T a, T b) {
    return a <= b || a != a ? a : b;
  }
  template <class V>
  static V vectors(V a, V b) {
    return hn::IfThenElse(hn::Or(hn::Le(a, b), hn::Not(hn::Eq(a, a))), a, b);
  }
};
struct Largest {
  template <class T>
  static T of(T a, T b) {
    return a >= b || a != a ? a : b;
  }
  template <class V>
  static V vectors(V a, V b) {
    return hn::IfThenElse(hn::Or(hn::Ge(a, b), hn::Not(hn::Eq(a, a))), a, b);
  }
};

// What a fold computes its terms by.
struct Itself {
  template <class D, class T>
  static auto vectors(D d, const T* a, const T*, const T*) {
    return hn::LoadU(d, a);
  }
  template <class T>
  static T of(const T* a, const T*, const T*) {
    return *a;
  }
};
struct SumOfTwo {
  template <class D, class T>
  static auto vectors(D d, const T* a, const T* b, const T*) {
    return hn::Add(hn::LoadU(d, a), hn::LoadU(d, b));
  }
  template <class T>
  static T of(const T* a, const T* b, const T*) {
    return *a + *b;
  }
};
struct Difference {
  template <class D, class T>
  static auto vectors(D d, const T* a, const T* b, const T*) {
    return hn::Sub(hn::LoadU(d, a), hn::LoadU(d, b));
  }
  template <class T>
  static T of(const T* a, const T* b, const T*) {
    return *a - *b;
  }
};
struct ProductOfTwo {
  template <class D, class T>
  static auto vectors(D d, const T* a, const T* b, const T*) {
    return hn::Mul(hn::LoadU(d, a), hn::LoadU(d, b));
  }
  template <class T>
  static T of(const T* a, const T* b, const T*) {
    return *a * *b;
  }
};
struct SquareOf {
  template <class D, class T>
  static auto vectors(D d, const T* a, const T*, const T*) {
    const auto v = hn::LoadU(d, a);
    return hn::Mul(v, v);
  }
  template <class T>
  static T of(const T* a, const T*, const T*) {
    return *a * *a;
  }
};
struct Magnitude {
  template <class D, class T>
  static auto vectors(D d, const T* a, const T*, const T*) {
    return hn::Abs(hn::LoadU(d, a));
  }
  template <class T>
  static T of(const T* a, const T*, const T*) {
    return std::abs(*a);
  }
};
struct MultiplyAdd {
  template <class D, class T>
  static auto vectors(D d, const T* a, const T* b, const T* c) {
    return hn::Add(hn::Mul(hn::LoadU(d, a), hn::LoadU(d, b)), hn::LoadU(d, c));
  }
  template <class T>
  static T of(const T* a, const T* b, const T* c) {
    return *a * *b + *c;
  }
};

// Folds over a fixed number of lanes, whatever the width of a vector, and then by halves, until `keep` remain. Element
// i goes to lane i mod lanes.
template <class T, class F, int keep = 1, class Term = Itself>
void lanes_fold(const void* a, const void* b, const void* c, Index n, void* state) {
  constexpr Index lanes = 256 / sizeof(T);
  const T *x = static_cast<const T*>(a), *y = static_cast<const T*>(b ? b : a), *z = static_cast<const T*>(c ? c : a);
  T part[lanes];
  const Index filled = std::min(n, lanes);
  Index i = 0;
  if (n >= lanes) {
    const hn::ScalableTag<T> d;
    constexpr Index width = HWY_LANES(T) < lanes ? HWY_LANES(T) : lanes;
    constexpr Index vectors = lanes / width;
    hn::Vec<decltype(d)> sum[vectors];
    const auto term = [&](Index at) { return Term::vectors(d, x + at, y + at, z + at); };
    for (Index k = 0; k < vectors; ++k) sum[k] = term(k * width);
    constexpr Index ahead = 2048 / sizeof(T);  // what the processor itself fetches ahead ends with a page
    for (i = lanes; i + lanes <= n; i += lanes)
      for (Index k = 0; k < vectors; ++k) {
        __builtin_prefetch(x + i + k * width + ahead);
        sum[k] = F::vectors(sum[k], term(i + k * width));
      }
    for (Index k = 0; k < vectors; ++k) hn::StoreU(sum[k], d, part + k * width);
  }
  for (Index k = 0; i + k < n; ++k) {
    const T term = Term::of(x + i + k, y + i + k, z + i + k);
    part[k] = i == 0 ? term : F::of(part[k], term);
  }
  for (Index half = lanes / 2; half >= keep; half /= 2)
    for (Index k = 0; k + half < std::min(filled, 2 * half); ++k) part[k] = F::of(part[k], part[k + half]);
  for (int k = 0; k < keep; ++k) static_cast<T*>(state)[k] = part[k];
}

template <class T, class R>
void integer_sum(const void* values, const void*, const void*, Index n, void* state) {
  const T* x = static_cast<const T*>(values);
  std::uint64_t sum = 0;  // wraps around
  for (Index i = 0; i < n; ++i) sum += static_cast<std::uint64_t>(static_cast<R>(x[i]));
  *static_cast<R*>(state) = static_cast<R>(sum);
}

template <class T, class F>
void plain_fold(const void* values, const void*, const void*, Index n, void* state) {
  const T* x = static_cast<const T*>(values);
  T result = x[0];
  for (Index i = 1; i < n; ++i) result = F::of(result, x[i]);
  *static_cast<T*>(state) = result;
}

template <class T, class F>
void combine(void* state, const void* other) {
  T* a = static_cast<T*>(state);
  *a = F::of(*a, *static_cast<const T*>(other));
}

struct WrappedProduct {
  static std::int64_t of(std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
  }
};
struct WrappedSum {
  static std::int64_t of(std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
  }
};
template <class T>
struct ComplexProduct {
  static std::complex<T> of(std::complex<T> a, std::complex<T> b) {
    return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
  }
};
struct Any {
  static std::uint8_t of(std::uint8_t a, std::uint8_t b) { return a | b; }
};
struct All {
  static std::uint8_t of(std::uint8_t a, std::uint8_t b) { return a & b; }
};

template <class T>
T value_at(const Place& place) {
  T value;
  std::memcpy(&value, place.value, sizeof value);
  return value;
}

// The index of the first extreme: the value by the fold F, then where it stands.
template <class T, class F>
void place_fold(const void* values, const void*, const void*, Index n, void* state) {
  const T* x = static_cast<const T*>(values);
  T best;
  if constexpr (std::is_floating_point_v<T>)
    lanes_fold<T, F>(values, nullptr, nullptr, n, &best);
  else
    plain_fold<T, F>(values, nullptr, nullptr, n, &best);
  Place& place = *static_cast<Place*>(state);
  std::memcpy(place.value, &best, sizeof best);
  place.index = std::find_if(x, x + n, [&](T v) { return v == best || (best != best && v != v); }) - x;
}

template <class T, class F>
void place_combine(void* state, const void* other) {
  Place &a = *static_cast<Place*>(state), b = *static_cast<const Place*>(other);
  const T mine = value_at<T>(a), best = F::of(mine, value_at<T>(b));
  if (!(best == mine || mine != mine)) a = b;
}

template <class T>
RowFold extremes(Fold fold) {
  const auto choose = [&](auto f) -> RowFold {
    using F = decltype(f);
    if (fold == Fold::argmin || fold == Fold::argmax)
      return {place_fold<T, F>, place_combine<T, F>, static_cast<int>(sizeof(Place))};
    if constexpr (std::is_floating_point_v<T>)
      return {lanes_fold<T, F>, combine<T, F>, static_cast<int>(sizeof(T))};
    else
      return {plain_fold<T, F>, combine<T, F>, static_cast<int>(sizeof(T))};
  };
  return fold == Fold::min || fold == Fold::argmin ? choose(Smallest{}) : choose(Largest{});
}

template <class T>
RowFold whole(Fold fold) {
  if (fold == Fold::sum) return {integer_sum<T, std::int64_t>, combine<std::int64_t, WrappedSum>, 8};
  if constexpr (std::is_same_v<T, std::int64_t>)
    if (fold == Fold::prod) return {plain_fold<T, WrappedProduct>, combine<T, WrappedProduct>, 8};
  return fold == Fold::prod || fold == Fold::any || fold == Fold::all ? RowFold{} : extremes<T>(fold);
}

template <class T>
RowFold floating(Fold fold) {
  if (fold == Fold::sum) return {lanes_fold<T, Sum>, combine<T, Sum>, static_cast<int>(sizeof(T))};
  if (fold == Fold::prod) return {lanes_fold<T, Product>, combine<T, Product>, static_cast<int>(sizeof(T))};
  return fold == Fold::any || fold == Fold::all ? RowFold{} : extremes<T>(fold);
}

template <class T>
RowFold complex(Fold fold) {
  using C = std::complex<T>;
  constexpr int bytes = static_cast<int>(sizeof(C));
  if (fold == Fold::sum)
    return {[](const void* x, const void*, const void*, Index n, void* state) {
              lanes_fold<T, Sum, 2>(x, nullptr, nullptr, 2 * n, state);
            },
            combine<C, Sum>, bytes};
  if (fold == Fold::prod) return {plain_fold<C, ComplexProduct<T>>, combine<C, ComplexProduct<T>>, bytes};
  return {};
}

RowFold truth(Fold fold) {
  using Byte = std::uint8_t;
  if (fold == Fold::any) return {plain_fold<Byte, Any>, combine<Byte, Any>, 1};
  if (fold == Fold::all) return {plain_fold<Byte, All>, combine<Byte, All>, 1};
  return whole<Byte>(fold);
}

template <class T>
RowFold sum_of(Fn fn) {
  const auto made = [](auto term) -> RowFold {
    return {lanes_fold<T, Sum, 1, decltype(term)>, combine<T, Sum>, static_cast<int>(sizeof(T))};
  };
  switch (fn) {
    case Fn::add:
      return made(SumOfTwo{});
    case Fn::subtract:
      return made(Difference{});
    case Fn::multiply:
      return made(ProductOfTwo{});
    case Fn::square:
      return made(SquareOf{});
    case Fn::abs:
      return made(Magnitude{});
    case Fn::multiply_add:
      return made(MultiplyAdd{});
    default:
      return {};
  }
}

}  // namespace

RowFold FindFoldOf(Fold fold, Fn fn, DType dtype) {
  if (fold != Fold::sum || (dtype != DType::f32 && dtype != DType::f64)) return {};
  return dtype == DType::f32 ? sum_of<float>(fn) : sum_of<double>(fn);
}

RowFold FindFold(Fold fold, DType dtype) {
  switch (dtype) {
    case DType::boolean:
      return truth(fold);
    case DType::u8:
      return whole<std::uint8_t>(fold);
    case DType::i8:
      return whole<std::int8_t>(fold);
    case DType::u16:
      return whole<std::uint16_t>(fold);
    case DType::i16:
      return whole<std::int16_t>(fold);
    case DType::i32:
      return whole<std::int32_t>(fold);
    case DType::i64:
      return whole<std::int64_t>(fold);
    case DType::f32:
      return floating<float>(fold);
    case DType::f64:
      return floating<double>(fold);
    case DType::c64:
      return complex<float>(fold);
    case DType::c128:
      return complex<double>(fold);
    default:
      return {};
  }
}

}  // namespace fovea::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fovea {

HWY_EXPORT(FindFold);
HWY_EXPORT(FindFoldOf);

RowFold row_fold(Fold fold, DType dtype) {
  return HWY_DYNAMIC_DISPATCH(FindFold)(fold, dtype);
}

RowFold row_fold_of(Fold fold, Fn fn, DType dtype) {
  return HWY_DYNAMIC_DISPATCH(FindFoldOf)(fold, fn, dtype);
}

}  // namespace fovea
#endif
