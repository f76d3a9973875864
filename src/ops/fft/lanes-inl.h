// Moving lines between memory and lanes. A lane's line is lane_line(lane): loads and stores agree on it.
#if defined(FOVEA_OPS_FFT_LANES_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef FOVEA_OPS_FFT_LANES_INL_H
#undef FOVEA_OPS_FFT_LANES_INL_H
#else
#define FOVEA_OPS_FFT_LANES_INL_H
#endif

#include <hwy/cache_control.h>

#include <cstring>

#include "ops/fft/butterfly-inl.h"
#include "ops/fft/engine.h"

HWY_BEFORE_NAMESPACE();
namespace fovea::ops::fourier::HWY_NAMESPACE {

template <class T>
inline constexpr int width = static_cast<int>(HWY_LANES(T));
template <class T>
inline constexpr int pair = 2 * width<T>;  // scalars of one element in a panel: the lanes' real parts, then imaginary
template <class T>
inline constexpr int group = width<T> == 1 ? 1 : width<T> / 2;  // pairs that are moved between rows and lanes at once
template <class T>
inline constexpr int blocks = width<T>* static_cast<int>(sizeof(T)) / 16;

template <class T>
HWY_INLINE int lane_line(int lane) {
  if constexpr (sizeof(T) == 8)
    return lane % 2 * (width<T> / 2) + lane / 2;
  else
    return lane % 4 / 2 * (width<T> / 2) + lane / 4 * 2 + lane % 2;
}

constexpr int ahead = 512;       // bytes of each row that are fetched ahead
constexpr int blocks_ahead = 4;  // or blocks of each

#if HWY_TARGET == HWY_SCALAR
template <class V>
HWY_INLINE void transpose(V*) {}

template <class T>
HWY_INLINE void load_pairs(const T* const* rows, Index offset, Index, Vec<T>* re, Vec<T>* im) {
  re[0] = hn::Set(Tag<T>(), rows[0][offset]);
  im[0] = hn::Set(Tag<T>(), rows[0][offset + 1]);
}

template <class T, bool Stream>
HWY_INLINE void store_pairs(const Vec<T>* re, const Vec<T>* im, T* const* rows, Index offset, Index, Index, Index) {
  rows[0][offset] = hn::GetLane(re[0]);
  rows[0][offset + 1] = hn::GetLane(im[0]);
}

template <class T>
HWY_INLINE void load_interleaved(const T* p, Vec<T>& re, Vec<T>& im) {
  re = hn::Set(Tag<T>(), p[0]);
  im = hn::Set(Tag<T>(), p[1]);
}

template <class T, bool Stream>
HWY_INLINE void store_interleaved(Vec<T> re, Vec<T> im, T* p) {
  p[0] = hn::GetLane(re);
  p[1] = hn::GetLane(im);
}
#else
// Even or odd elements of a, then of b, within each 128-bit block.
HWY_INLINE Vec<float> even(Vec<float> a, Vec<float> b) {
#if HWY_TARGET == HWY_AVX3
  return Vec<float>{_mm512_shuffle_ps(a.raw, b.raw, 0x88)};
#elif HWY_TARGET == HWY_AVX2
  return Vec<float>{_mm256_shuffle_ps(a.raw, b.raw, 0x88)};
#else
  return hn::ConcatEven(Tag<float>(), b, a);
#endif
}
HWY_INLINE Vec<float> odd(Vec<float> a, Vec<float> b) {
#if HWY_TARGET == HWY_AVX3
  return Vec<float>{_mm512_shuffle_ps(a.raw, b.raw, 0xdd)};
#elif HWY_TARGET == HWY_AVX2
  return Vec<float>{_mm256_shuffle_ps(a.raw, b.raw, 0xdd)};
#else
  return hn::ConcatOdd(Tag<float>(), b, a);
#endif
}
HWY_INLINE Vec<double> even(Vec<double> a, Vec<double> b) {
  return hn::InterleaveLower(Tag<double>(), a, b);
}
HWY_INLINE Vec<double> odd(Vec<double> a, Vec<double> b) {
  return hn::InterleaveUpper(Tag<double>(), a, b);
}

#if HWY_TARGET == HWY_AVX3
HWY_INLINE Vec<float> even_blocks(Vec<float> a, Vec<float> b) {
  return Vec<float>{_mm512_shuffle_f32x4(a.raw, b.raw, 0x88)};
}
HWY_INLINE Vec<float> odd_blocks(Vec<float> a, Vec<float> b) {
  return Vec<float>{_mm512_shuffle_f32x4(a.raw, b.raw, 0xdd)};
}
HWY_INLINE Vec<double> even_blocks(Vec<double> a, Vec<double> b) {
  return Vec<double>{_mm512_shuffle_f64x2(a.raw, b.raw, 0x88)};
}
HWY_INLINE Vec<double> odd_blocks(Vec<double> a, Vec<double> b) {
  return Vec<double>{_mm512_shuffle_f64x2(a.raw, b.raw, 0xdd)};
}
#endif

// The square matrix of 128-bit blocks in as many vectors.
template <class T>
HWY_INLINE void transpose_blocks([[maybe_unused]] Vec<T>* x) {
#if HWY_TARGET == HWY_AVX3
  const Vec<T> a = even_blocks(x[0], x[1]), b = even_blocks(x[2], x[3]);
  const Vec<T> c = odd_blocks(x[0], x[1]), d = odd_blocks(x[2], x[3]);
  x[0] = even_blocks(a, b);
  x[2] = odd_blocks(a, b);
  x[1] = even_blocks(c, d);
  x[3] = odd_blocks(c, d);
#elif HWY_TARGET == HWY_AVX2
  const Vec<T> a = x[0];
  x[0] = hn::ConcatLowerLower(Tag<T>(), x[1], a);
  x[1] = hn::ConcatUpperUpper(Tag<T>(), x[1], a);
#endif
}

HWY_INLINE void transpose(Vec<double>* x) {
  const Tag<double> d;
  constexpr int n = blocks<double>;
  Vec<double> lower[n], upper[n];
  FOVEA_UNROLL
  for (int k = 0; k < n; ++k) {
    lower[k] = hn::InterleaveLower(d, x[2 * k], x[2 * k + 1]);
    upper[k] = hn::InterleaveUpper(d, x[2 * k], x[2 * k + 1]);
  }
  transpose_blocks<double>(lower);
  transpose_blocks<double>(upper);
  FOVEA_UNROLL
  for (int k = 0; k < n; ++k) {
    x[2 * k] = lower[k];
    x[2 * k + 1] = upper[k];
  }
}

HWY_INLINE void transpose(Vec<float>* x) {
  const Tag<float> d;
  const Tag<double> d2;
  constexpr int n = blocks<float>;
  Vec<float> column[4][n];
  FOVEA_UNROLL
  for (int k = 0; k < n; ++k) {
    const auto a = hn::BitCast(d2, hn::InterleaveLower(d, x[4 * k], x[4 * k + 1]));
    const auto b = hn::BitCast(d2, hn::InterleaveLower(d, x[4 * k + 2], x[4 * k + 3]));
    const auto u = hn::BitCast(d2, hn::InterleaveUpper(d, x[4 * k], x[4 * k + 1]));
    const auto v = hn::BitCast(d2, hn::InterleaveUpper(d, x[4 * k + 2], x[4 * k + 3]));
    column[0][k] = hn::BitCast(d, hn::InterleaveLower(d2, a, b));
    column[1][k] = hn::BitCast(d, hn::InterleaveUpper(d2, a, b));
    column[2][k] = hn::BitCast(d, hn::InterleaveLower(d2, u, v));
    column[3][k] = hn::BitCast(d, hn::InterleaveUpper(d2, u, v));
  }
  FOVEA_UNROLL
  for (int m = 0; m < 4; ++m) {
    transpose_blocks<float>(column[m]);
    FOVEA_UNROLL
    for (int k = 0; k < n; ++k) x[4 * k + m] = column[m][k];
  }
}

// The square matrix of pairs in width / 2 vectors.
HWY_INLINE void transpose_pairs(Vec<double>* x) {
  transpose_blocks<double>(x);
}
HWY_INLINE void transpose_pairs(Vec<float>* x) {
  constexpr int n = width<float> / 2;
  Vec<double> y[n];
  FOVEA_UNROLL
  for (int k = 0; k < n; ++k) y[k] = hn::BitCast(Tag<double>(), x[k]);
  transpose(y);
  FOVEA_UNROLL
  for (int k = 0; k < n; ++k) x[k] = hn::BitCast(Tag<float>(), y[k]);
}

// width / 2 neighbouring pairs of `width` rows, `valid` of them there, to lanes.
template <class T>
HWY_INLINE void load_pairs(const T* const* rows, Index offset, Index valid, Vec<T>* re, Vec<T>* im) {
  const Tag<T> d;
  constexpr int w = width<T>, n = group<T>;
  Vec<T> a[n], b[n];
  if (valid >= n) {
    FOVEA_UNROLL
    for (int k = 0; k < n; ++k) {
      a[k] = hn::LoadU(d, rows[k] + offset);
      b[k] = hn::LoadU(d, rows[n + k] + offset);
      hwy::Prefetch(reinterpret_cast<const char*>(rows[k] + offset) + ahead);
      hwy::Prefetch(reinterpret_cast<const char*>(rows[n + k] + offset) + ahead);
    }
  } else {
    HWY_ALIGN T part[w * w] = {};
    for (int k = 0; k < w; ++k)
      std::memcpy(part + k * w, rows[k] + offset, static_cast<std::size_t>(2 * valid) * sizeof(T));
    FOVEA_UNROLL
    for (int k = 0; k < n; ++k) {
      a[k] = hn::Load(d, part + k * w);
      b[k] = hn::Load(d, part + (n + k) * w);
    }
  }
  transpose_pairs(a);
  transpose_pairs(b);
  FOVEA_UNROLL
  for (int k = 0; k < n; ++k) {
    re[k] = even(a[k], b[k]);
    im[k] = odd(a[k], b[k]);
  }
}

// The way back, of `valid` pairs to the first `lines` rows; the places `next` scalars on are fetched meanwhile.
template <class T, bool Stream>
HWY_INLINE void store_pairs(const Vec<T>* re, const Vec<T>* im, T* const* rows, Index offset, Index lines, Index valid,
                            Index next) {
  const Tag<T> d;
  constexpr int w = width<T>, n = group<T>;
  Vec<T> a[n], b[n];
  FOVEA_UNROLL
  for (int k = 0; k < n; ++k) {
    a[k] = hn::InterleaveLower(d, re[k], im[k]);
    b[k] = hn::InterleaveUpper(d, re[k], im[k]);
  }
  transpose_pairs(a);
  transpose_pairs(b);
  if (valid >= n && lines >= w) {
    FOVEA_UNROLL
    for (int k = 0; k < n; ++k) {
      if constexpr (Stream) {
        hn::Stream(a[k], d, rows[k] + offset);
        hn::Stream(b[k], d, rows[n + k] + offset);
      } else {
        hn::StoreU(a[k], d, rows[k] + offset);
        hn::StoreU(b[k], d, rows[n + k] + offset);
        __builtin_prefetch(rows[k] + offset + next, 1);
        __builtin_prefetch(rows[n + k] + offset + next, 1);
      }
    }
  } else {
    HWY_ALIGN T part[w * w];
    FOVEA_UNROLL
    for (int k = 0; k < n; ++k) {
      hn::Store(a[k], d, part + k * w);
      hn::Store(b[k], d, part + (n + k) * w);
    }
    const std::size_t bytes = static_cast<std::size_t>(2 * HWY_MIN(valid, Index{n})) * sizeof(T);
    for (Index k = 0; k < HWY_MIN(lines, Index{w}); ++k) std::memcpy(rows[k] + offset, part + k * w, bytes);
  }
}

template <class T>
HWY_INLINE void load_interleaved(const T* p, Vec<T>& re, Vec<T>& im) {
  const Tag<T> d;
  const Vec<T> a = hn::LoadU(d, p), b = hn::LoadU(d, p + width<T>);
  re = even(a, b);
  im = odd(a, b);
}

template <class T, bool Stream>
HWY_INLINE void store_interleaved(Vec<T> re, Vec<T> im, T* p) {
  const Tag<T> d;
  const Vec<T> a = hn::InterleaveLower(d, re, im), b = hn::InterleaveUpper(d, re, im);
  if constexpr (Stream) {
    hn::Stream(a, d, p);
    hn::Stream(b, d, p + width<T>);
  } else {
    hn::StoreU(a, d, p);
    hn::StoreU(b, d, p + width<T>);
  }
}
#endif

}  // namespace fovea::ops::fourier::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
