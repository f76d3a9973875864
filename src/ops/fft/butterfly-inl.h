// Register butterflies, forward: r and i hold the parts of R elements. Included once a target.
#if defined(FOVEA_OPS_FFT_BUTTERFLY_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef FOVEA_OPS_FFT_BUTTERFLY_INL_H
#undef FOVEA_OPS_FFT_BUTTERFLY_INL_H
#else
#define FOVEA_OPS_FFT_BUTTERFLY_INL_H
#endif

#include <hwy/highway.h>

#ifndef FOVEA_UNROLL
#if defined(__clang__)
#define FOVEA_UNROLL _Pragma("unroll")
#else
#define FOVEA_UNROLL _Pragma("GCC unroll 32")
#endif
#endif

HWY_BEFORE_NAMESPACE();
namespace fovea::ops::fourier::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <class T>
using Tag = hn::ScalableTag<T>;
template <class T>
using Vec = hn::Vec<Tag<T>>;

template <class T>
HWY_INLINE Vec<T> constant(double value) {
  return hn::Set(Tag<T>(), static_cast<T>(value));
}

// cos and sin of 2 pi k / R, by their series in long double: what the compiler folds must be a constant.
template <int R>
struct Turn {
  double cosine[R] = {}, sine[R] = {};
  constexpr Turn() {
    for (int k = 0; k < R; ++k) {
      const long double x = 2 * 3.14159265358979323846264338327950288L * (2 * k > R ? k - R : k) / R;
      long double term = 1, c = 0, s = 0;
      for (int p = 0; p < 40; ++p) {
        (p % 2 == 0 ? c : s) += (p % 4 < 2 ? term : -term);
        term *= x / (p + 1);
      }
      cosine[k] = static_cast<double>(c);
      sine[k] = static_cast<double>(s);
    }
  }
};
template <int R>
inline constexpr Turn<R> turn{};

// Odd radices: sums and differences of mirrored elements, then (R-1)/2 rows of products.
template <class T, int R>
struct Butterfly {
  static HWY_INLINE void run(Vec<T>* r, Vec<T>* i) {
    constexpr int half = R / 2;
    Vec<T> sr[half], si[half], dr[half], di[half];
    FOVEA_UNROLL
    for (int j = 0; j < half; ++j) {
      sr[j] = r[j + 1] + r[R - 1 - j];
      si[j] = i[j + 1] + i[R - 1 - j];
      dr[j] = r[j + 1] - r[R - 1 - j];
      di[j] = i[j + 1] - i[R - 1 - j];
    }
    const Vec<T> r0 = r[0], i0 = i[0];
    FOVEA_UNROLL
    for (int j = 0; j < half; ++j) {
      r[0] = r[0] + sr[j];
      i[0] = i[0] + si[j];
    }
    FOVEA_UNROLL
    for (int k = 1; k <= half; ++k) {
      Vec<T> ar = r0, ai = i0;
      Vec<T> br = constant<T>(turn<R>.sine[k]) * di[0], bi = constant<T>(turn<R>.sine[k]) * dr[0];
      ar = hn::MulAdd(constant<T>(turn<R>.cosine[k]), sr[0], ar);
      ai = hn::MulAdd(constant<T>(turn<R>.cosine[k]), si[0], ai);
      FOVEA_UNROLL
      for (int j = 2; j <= half; ++j) {
        const auto c = constant<T>(turn<R>.cosine[j * k % R]), s = constant<T>(turn<R>.sine[j * k % R]);
        ar = hn::MulAdd(c, sr[j - 1], ar);
        ai = hn::MulAdd(c, si[j - 1], ai);
        br = hn::MulAdd(s, di[j - 1], br);
        bi = hn::MulAdd(s, dr[j - 1], bi);
      }
      r[k] = ar + br;
      i[k] = ai - bi;
      r[R - k] = ar - br;
      i[R - k] = ai + bi;
    }
  }
};

template <class T>
struct Butterfly<T, 1> {
  static HWY_INLINE void run(Vec<T>*, Vec<T>*) {}
};

template <class T>
struct Butterfly<T, 2> {
  static HWY_INLINE void run(Vec<T>* r, Vec<T>* i) {
    const Vec<T> a = r[0], b = i[0];
    r[0] = a + r[1];
    i[0] = b + i[1];
    r[1] = a - r[1];
    i[1] = b - i[1];
  }
};

template <class T>
struct Butterfly<T, 3> {
  static HWY_INLINE void run(Vec<T>* r, Vec<T>* i) {
    const auto half = constant<T>(0.5), s = constant<T>(0.86602540378443864676);
    const Vec<T> sr = r[1] + r[2], si = i[1] + i[2], dr = r[1] - r[2], di = i[1] - i[2];
    const Vec<T> mr = hn::NegMulAdd(half, sr, r[0]), mi = hn::NegMulAdd(half, si, i[0]);
    r[0] = r[0] + sr;
    i[0] = i[0] + si;
    r[1] = hn::MulAdd(s, di, mr);
    i[1] = hn::NegMulAdd(s, dr, mi);
    r[2] = hn::NegMulAdd(s, di, mr);
    i[2] = hn::MulAdd(s, dr, mi);
  }
};

template <class T>
struct Butterfly<T, 4> {
  static HWY_INLINE void run(Vec<T>* r, Vec<T>* i) {
    const Vec<T> ar = r[0] + r[2], ai = i[0] + i[2], br = r[0] - r[2], bi = i[0] - i[2];
    const Vec<T> cr = r[1] + r[3], ci = i[1] + i[3], dr = r[1] - r[3], di = i[1] - i[3];
    r[0] = ar + cr;
    i[0] = ai + ci;
    r[2] = ar - cr;
    i[2] = ai - ci;
    r[1] = br + di;
    i[1] = bi - dr;
    r[3] = br - di;
    i[3] = bi + dr;
  }
};

template <class T>
struct Butterfly<T, 5> {
  static HWY_INLINE void run(Vec<T>* r, Vec<T>* i) {
    const auto q = constant<T>(0.55901699437494742410), s1 = constant<T>(0.95105651629515357212),
               g = constant<T>(0.61803398874989484820), quarter = constant<T>(0.25);
    const Vec<T> ar = r[1] + r[4], ai = i[1] + i[4], br = r[2] + r[3], bi = i[2] + i[3];
    const Vec<T> cr = r[1] - r[4], ci = i[1] - i[4], dr = r[2] - r[3], di = i[2] - i[3];
    const Vec<T> sr = ar + br, si = ai + bi, tr = ar - br, ti = ai - bi;
    const Vec<T> mr = hn::NegMulAdd(quarter, sr, r[0]), mi = hn::NegMulAdd(quarter, si, i[0]);
    r[0] = r[0] + sr;
    i[0] = i[0] + si;
    const Vec<T> pr = hn::MulAdd(q, tr, mr), pi = hn::MulAdd(q, ti, mi);
    const Vec<T> nr = hn::NegMulAdd(q, tr, mr), ni = hn::NegMulAdd(q, ti, mi);
    const Vec<T> ur = hn::MulAdd(g, dr, cr), ui = hn::MulAdd(g, di, ci);
    const Vec<T> vr = hn::MulSub(g, cr, dr), vi = hn::MulSub(g, ci, di);
    r[1] = hn::MulAdd(s1, ui, pr);
    i[1] = hn::NegMulAdd(s1, ur, pi);
    r[4] = hn::NegMulAdd(s1, ui, pr);
    i[4] = hn::MulAdd(s1, ur, pi);
    r[2] = hn::MulAdd(s1, vi, nr);
    i[2] = hn::NegMulAdd(s1, vr, ni);
    r[3] = hn::NegMulAdd(s1, vi, nr);
    i[3] = hn::MulAdd(s1, vr, ni);
  }
};

template <class T>
struct Butterfly<T, 8> {
  static HWY_INLINE void run(Vec<T>* r, Vec<T>* i) {
    const auto h = constant<T>(0.70710678118654752440);
    Vec<T> er[4] = {r[0], r[2], r[4], r[6]}, ei[4] = {i[0], i[2], i[4], i[6]};
    Vec<T> pr[4] = {r[1], r[3], r[5], r[7]}, pi[4] = {i[1], i[3], i[5], i[7]};
    Butterfly<T, 4>::run(er, ei);
    Butterfly<T, 4>::run(pr, pi);
    const Vec<T> ar = pr[1] + pi[1], ai = pi[1] - pr[1], br = pi[3] - pr[3], bi = pr[3] + pi[3];
    r[0] = er[0] + pr[0];
    i[0] = ei[0] + pi[0];
    r[4] = er[0] - pr[0];
    i[4] = ei[0] - pi[0];
    r[1] = hn::MulAdd(h, ar, er[1]);
    i[1] = hn::MulAdd(h, ai, ei[1]);
    r[5] = hn::NegMulAdd(h, ar, er[1]);
    i[5] = hn::NegMulAdd(h, ai, ei[1]);
    r[2] = er[2] + pi[2];
    i[2] = ei[2] - pr[2];
    r[6] = er[2] - pi[2];
    i[6] = ei[2] + pr[2];
    r[3] = hn::MulAdd(h, br, er[3]);
    i[3] = hn::NegMulAdd(h, bi, ei[3]);
    r[7] = hn::NegMulAdd(h, br, er[3]);
    i[7] = hn::MulAdd(h, bi, ei[3]);
  }
};

// 9 = 3 * 3 with constant roots between.
template <class T>
struct Butterfly<T, 9> {
  static HWY_INLINE void run(Vec<T>* r, Vec<T>* i) {
    Vec<T> yr[9], yi[9];
    FOVEA_UNROLL
    for (int q = 0; q < 3; ++q) {
      Vec<T> ur[3] = {r[q], r[3 + q], r[6 + q]}, ui[3] = {i[q], i[3 + q], i[6 + q]};
      Butterfly<T, 3>::run(ur, ui);
      FOVEA_UNROLL
      for (int k = 0; k < 3; ++k) {
        yr[k * 3 + q] = ur[k];
        yi[k * 3 + q] = ui[k];
        if (q * k != 0) {
          const auto c = constant<T>(turn<9>.cosine[q * k]), s = constant<T>(turn<9>.sine[q * k]);
          yr[k * 3 + q] = hn::MulAdd(c, ur[k], s * ui[k]);
          yi[k * 3 + q] = hn::MulSub(c, ui[k], s * ur[k]);
        }
      }
    }
    FOVEA_UNROLL
    for (int k = 0; k < 3; ++k) {
      Butterfly<T, 3>::run(yr + 3 * k, yi + 3 * k);
      FOVEA_UNROLL
      for (int q = 0; q < 3; ++q) {
        r[k + 3 * q] = yr[3 * k + q];
        i[k + 3 * q] = yi[3 * k + q];
      }
    }
  }
};

// 2 * B for odd B by the prime factor map: no roots between.
template <class T, int B>
struct TwiceOdd {
  static HWY_INLINE void run(Vec<T>* r, Vec<T>* i) {
    constexpr int n = 2 * B;
    Vec<T> ar[B], ai[B], br[B], bi[B];
    FOVEA_UNROLL
    for (int q = 0; q < B; ++q) {
      const int u = 2 * q % n, v = (2 * q + B) % n;
      ar[q] = r[u] + r[v];
      ai[q] = i[u] + i[v];
      br[q] = r[u] - r[v];
      bi[q] = i[u] - i[v];
    }
    Butterfly<T, B>::run(ar, ai);
    Butterfly<T, B>::run(br, bi);
    FOVEA_UNROLL
    for (int k = 0; k < n; ++k) {
      r[k] = k % 2 != 0 ? br[k % B] : ar[k % B];
      i[k] = k % 2 != 0 ? bi[k % B] : ai[k % B];
    }
  }
};
template <class T>
struct Butterfly<T, 6> : TwiceOdd<T, 3> {};
template <class T>
struct Butterfly<T, 10> : TwiceOdd<T, 5> {};

}  // namespace fovea::ops::fourier::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
