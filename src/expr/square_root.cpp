#include <cmath>

#include "expr/loops.h"
#include "expr/targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "expr/square_root.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fovea::HWY_NAMESPACE {

// With AVX-512 the divider takes three times as long for eight roots as multiply-adds do: two Goldschmidt steps from
// the 14 bits of rsqrt14 give g = sqrt(a) and h = 1/(2 sqrt(a)) to 2^-52, then Markstein's g + h(a - g*g) is off by at
// most 2^-103 before its rounding. (P. Markstein, IA-64 and Elementary Functions, 2000.) That decides all roots but
// those nearest to the middle of two numbers, which the tests enumerate. What is no common positive number goes to the
// divider.
namespace {

void square_root(void* out, const void* a, const void*, const void*, Index n) {
  double* y = static_cast<double*>(out);
  const double* x = static_cast<const double*>(a);
  Index i = 0;
#if HWY_TARGET == HWY_AVX3
  const __m512d half = _mm512_set1_pd(0.5), low = _mm512_set1_pd(0x1p-900), high = _mm512_set1_pd(0x1p900);
  for (; i + 8 <= n; i += 8) {
    const __m512d v = _mm512_loadu_pd(x + i);
    const __mmask8 common = _mm512_mask_cmp_pd_mask(_mm512_cmp_pd_mask(v, low, _CMP_GE_OQ), v, high, _CMP_LE_OQ);
    if (common != 0xFF) {
      _mm512_storeu_pd(y + i, _mm512_sqrt_pd(v));
      continue;
    }
    __builtin_prefetch(x + i + 256);  // the loop is slow enough to hide memory behind it, past the ends of pages too
    const __m512d r0 = _mm512_rsqrt14_pd(v);
    __m512d g = _mm512_mul_pd(v, r0), h = _mm512_mul_pd(half, r0);
    for (int k = 0; k < 2; ++k) {
      const __m512d r = _mm512_fnmadd_pd(g, h, half);
      g = _mm512_fmadd_pd(g, r, g);
      h = _mm512_fmadd_pd(h, r, h);
    }
    g = _mm512_fmadd_pd(_mm512_fnmadd_pd(g, g, v), h, g);
    _mm512_storeu_pd(y + i, g);
  }
#endif
  for (; i < n; ++i) y[i] = std::sqrt(x[i]);
}

}  // namespace

Loop SquareRootLoop() {
  return square_root;
}

}  // namespace fovea::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fovea {

HWY_EXPORT(SquareRootLoop);

Loop square_root_loop(Fn fn, DType dtype) {
  return fn == Fn::sqrt && dtype == DType::f64 ? HWY_DYNAMIC_DISPATCH(SquareRootLoop)() : nullptr;
}

}  // namespace fovea
#endif
