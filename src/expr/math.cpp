#include <cmath>

#include "expr/loops.h"
#include "expr/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "expr/math.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

// Our name, the C library's. The vector forms are those of glibc's libmvec: at most 4 ulp off, special values as IEEE.
#ifndef FOVEA_MATH
#define FOVEA_MATH(X1, X2) \
  X1(cbrt, cbrt)           \
  X1(exp, exp)             \
  X1(exp2, exp2)           \
  X1(expm1, expm1)         \
  X1(log, log)             \
  X1(log2, log2)           \
  X1(log10, log10)         \
  X1(log1p, log1p)         \
  X1(sin, sin)             \
  X1(cos, cos)             \
  X1(tan, tan)             \
  X1(arcsin, asin)         \
  X1(arccos, acos)         \
  X1(arctan, atan)         \
  X1(sinh, sinh)           \
  X1(cosh, cosh)           \
  X1(tanh, tanh)           \
  X1(arcsinh, asinh)       \
  X1(arccosh, acosh)       \
  X1(arctanh, atanh)       \
  X2(arctan2, atan2)       \
  X2(hypot, hypot)         \
  X2(power, pow)
#endif

// The vector ABI's names: e for AVX-512, d for AVX2; the lanes of f64, and twice as many of f32.
#undef FOVEA_VECTOR64
#undef FOVEA_VECTOR32
#if defined(__x86_64__) && defined(__GLIBC__)
#if __GLIBC_PREREQ(2, 35) && HWY_TARGET == HWY_AVX3
#define FOVEA_VECTOR64(arity, name) _ZGVeN8##arity##_##name
#define FOVEA_VECTOR32(arity, name) _ZGVeN16##arity##_##name##f
#elif __GLIBC_PREREQ(2, 35) && HWY_TARGET == HWY_AVX2
#define FOVEA_VECTOR64(arity, name) _ZGVdN4##arity##_##name
#define FOVEA_VECTOR32(arity, name) _ZGVdN8##arity##_##name##f
#endif
#endif

HWY_BEFORE_NAMESPACE();

#ifdef FOVEA_VECTOR64
extern "C" {
#if HWY_TARGET == HWY_AVX3
#define FOVEA_D __m512d
#define FOVEA_S __m512
#else
#define FOVEA_D __m256d
#define FOVEA_S __m256
#endif
#define X1(fn, f)                        \
  FOVEA_D FOVEA_VECTOR64(v, f)(FOVEA_D); \
  FOVEA_S FOVEA_VECTOR32(v, f)(FOVEA_S);
#define X2(fn, f)                                  \
  FOVEA_D FOVEA_VECTOR64(vv, f)(FOVEA_D, FOVEA_D); \
  FOVEA_S FOVEA_VECTOR32(vv, f)(FOVEA_S, FOVEA_S);
FOVEA_MATH(X1, X2)
#undef X1
#undef X2
#undef FOVEA_D
#undef FOVEA_S
}
#endif

namespace fovea::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

// f over whole vectors; the last ones are filled up with 1, so that an element's bits do not depend on its place.
template <class T, class F>
void vectors(T* y, const T* p, const T* q, Index n, F f) {
  const hn::ScalableTag<T> d;
  const Index lanes = static_cast<Index>(hn::Lanes(d));
  Index i = 0;
  for (; i + lanes <= n; i += lanes) hn::StoreU(f(hn::LoadU(d, p + i), hn::LoadU(d, q + i)), d, y + i);
  if (i == n) return;
  HWY_ALIGN T a[HWY_LANES(T)], b[HWY_LANES(T)];
  for (Index k = 0; k < lanes; ++k) a[k] = i + k < n ? p[i + k] : T{1}, b[k] = i + k < n ? q[i + k] : T{1};
  hn::Store(f(hn::Load(d, a), hn::Load(d, b)), d, a);
  for (Index k = 0; i + k < n; ++k) y[i + k] = a[k];
}

template <class T, class F>
void scalars(T* y, const T* p, const T* q, Index n, F f) {
  for (Index i = 0; i < n; ++i) y[i] = f(p[i], q[i]);
}

#ifdef FOVEA_VECTOR64
template <class V>
auto raw(V v) {
  return v.raw;
}
#define X1(fn, f)                                                                                \
  void fn(double* y, const double* p, const double* q, Index n) {                                \
    vectors(y, p, q, n, [](auto a, auto) { return decltype(a){FOVEA_VECTOR64(v, f)(raw(a))}; }); \
  }                                                                                              \
  void fn(float* y, const float* p, const float* q, Index n) {                                   \
    vectors(y, p, q, n, [](auto a, auto) { return decltype(a){FOVEA_VECTOR32(v, f)(raw(a))}; }); \
  }
#define X2(fn, f)                                                                                           \
  void fn(double* y, const double* p, const double* q, Index n) {                                           \
    vectors(y, p, q, n, [](auto a, auto b) { return decltype(a){FOVEA_VECTOR64(vv, f)(raw(a), raw(b))}; }); \
  }                                                                                                         \
  void fn(float* y, const float* p, const float* q, Index n) {                                              \
    vectors(y, p, q, n, [](auto a, auto b) { return decltype(a){FOVEA_VECTOR32(vv, f)(raw(a), raw(b))}; }); \
  }
#else
#define X1(fn, f)                                          \
  template <class T>                                       \
  void fn(T* y, const T* p, const T* q, Index n) {         \
    scalars(y, p, q, n, [](T a, T) { return std::f(a); }); \
  }
#define X2(fn, f)                                               \
  template <class T>                                            \
  void fn(T* y, const T* p, const T* q, Index n) {              \
    scalars(y, p, q, n, [](T a, T b) { return std::f(a, b); }); \
  }
#endif
FOVEA_MATH(X1, X2)
#undef X1
#undef X2

template <class T>
Loop loop_of(Fn function) {
  switch (function) {
#define X(fn, f)                                                                             \
  case Fn::fn:                                                                               \
    return [](void* y, const void* a, const void* b, const void*, Index n) {                 \
      fn(static_cast<T*>(y), static_cast<const T*>(a), static_cast<const T*>(b ? b : a), n); \
    };
    FOVEA_MATH(X, X)
#undef X
    default:
      return nullptr;
  }
}

}  // namespace

Loop MathLoop(Fn fn, DType dtype) {
  return dtype == DType::f64 ? loop_of<double>(fn) : dtype == DType::f32 ? loop_of<float>(fn) : nullptr;
}

}  // namespace fovea::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fovea {

HWY_EXPORT(MathLoop);

Loop math_loop(Fn fn, DType dtype) {
  return HWY_DYNAMIC_DISPATCH(MathLoop)(fn, dtype);
}

}  // namespace fovea
#endif
