// Weighted sums along rows and columns of images, in the portable body's arithmetic and so to its bits. Rows are taken
// sixteen at a time and transposed, so that the lanes of a vector are rows and every column's taps are vertical sums.
// Included once a target; not for HWY_SCALAR, whose vectors cannot hold a strip.
#if defined(FOVEA_OPS_RESAMPLE_STRIPS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef FOVEA_OPS_RESAMPLE_STRIPS_INL_H
#undef FOVEA_OPS_RESAMPLE_STRIPS_INL_H
#else
#define FOVEA_OPS_RESAMPLE_STRIPS_INL_H
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "ops/resample/strips.h"

HWY_BEFORE_NAMESPACE();
namespace fovea::ops::HWY_NAMESPACE {
#if HWY_TARGET != HWY_SCALAR
namespace hn = hwy::HWY_NAMESPACE;

// Bytes are summed in i32 with Taps::fixed_bits, other types in f64.
template <class T>
using SumOf = std::conditional_t<sizeof(T) == 1, std::int32_t, double>;
template <class T>
using SumTag = hn::CappedTag<SumOf<T>, strip_rows>;
template <class T>
using SumVector = hn::Vec<SumTag<T>>;

template <class T>
HWY_INLINE const SumOf<T>* weights(const Taps& taps, Index place) {
  if constexpr (sizeof(T) == 1)
    return taps.fixed.data() + place * taps.most;
  else
    return taps.weight.data() + place * taps.most;
}

template <class T>
HWY_INLINE SumVector<T> begin_sum() {
  if constexpr (sizeof(T) == 1)
    return hn::Set(SumTag<T>(), 1 << (Taps::fixed_bits - 1));
  else
    return hn::Zero(SumTag<T>());
}

template <class T>
HWY_INLINE SumVector<T> load_terms(const T* from) {
  const SumTag<T> d;
  const auto x = hn::LoadU(hn::Rebind<T, SumTag<T>>(), from);
  if constexpr (sizeof(T) == 8)
    return x;
  else if constexpr (sizeof(T) == 2)
    return hn::PromoteTo(d, hn::PromoteTo(hn::Rebind<std::int32_t, SumTag<T>>(), x));
  else
    return hn::PromoteTo(d, x);
}

template <class T>
HWY_INLINE void store_sum(SumVector<T> sum, T* to) {
  const SumTag<T> d;
  const hn::Rebind<T, SumTag<T>> dt;
  if constexpr (sizeof(T) == 1) {
    hn::StoreU(hn::DemoteTo(dt, hn::ShiftRight<Taps::fixed_bits>(sum)), dt, to);
  } else if constexpr (sizeof(T) == 2) {
    const hn::Rebind<std::int32_t, SumTag<T>> di;
    const auto value = hn::Add(sum, hn::Set(d, 0.5));
    hn::StoreU(hn::DemoteTo(dt, hn::DemoteTo(di, hn::Min(hn::Max(value, hn::Zero(d)), hn::Set(d, 65535.0)))), dt, to);
  } else if constexpr (sizeof(T) == 4) {
    hn::StoreU(hn::DemoteTo(dt, sum), dt, to);
  } else {
    hn::StoreU(sum, dt, to);
  }
}

// Square blocks of as many elements as 16 bytes hold.
template <class T>
inline constexpr int square = 16 / static_cast<int>(sizeof(T));
template <class T>
using Line = hn::FixedTag<T, 16 / sizeof(T)>;

template <class T>
HWY_INLINE void transpose_square(hn::Vec<Line<T>> (&v)[square<T>]) {
  const Line<T> d;
  for (int step = 1; step < square<T>; step *= 2) {  // interleaves rows i and i + square / 2
    hn::Vec<Line<T>> w[square<T>];
    for (int i = 0; i < square<T> / 2; ++i) {
      w[2 * i] = hn::InterleaveLower(d, v[i], v[i + square<T> / 2]);
      w[2 * i + 1] = hn::InterleaveUpper(d, v[i], v[i + square<T> / 2]);
    }
    for (int i = 0; i < square<T>; ++i) v[i] = w[i];
  }
}

// Elements [begin, end) of sixteen rows to strip[element - begin][row].
template <class T>
void rows_to_strip(const T* const (&rows)[strip_rows], Index begin, Index end, T* strip) {
  const Line<T> d;
  constexpr Index n = square<T>;
  hn::Vec<Line<T>> v[n];
  for (Index x = begin; x < end; x += n) {
    const Index at = std::max(begin, std::min(x, end - n));  // the last block overlaps rather than read past the row
    for (Index first = 0; first < strip_rows; first += n) {
      for (Index r = 0; r < n; ++r) {
        if (end - at >= n) {
          v[r] = hn::LoadU(d, rows[first + r] + at);
          continue;
        }
        T few[n] = {};
        std::memcpy(few, rows[first + r] + at, static_cast<std::size_t>(end - at) * sizeof(T));
        v[r] = hn::LoadU(d, few);
      }
      transpose_square<T>(v);
      for (Index k = 0; k < n; ++k) hn::StoreU(v[k], d, strip + (at - begin + k) * strip_rows + first);
    }
  }
}

// strip[k][row] to row(r)[k] for k < count and rows r < `rows`, which have room for 16 bytes more.
template <class T, class Row>
void strip_to_rows(const T* strip, Index count, Index rows, const Row& row) {
  const Line<T> d;
  constexpr Index n = square<T>;
  hn::Vec<Line<T>> v[n];
  for (Index first = 0; first < rows; first += n)
    for (Index x = 0; x < count; x += n) {
      for (Index k = 0; k < n; ++k) v[k] = hn::LoadU(d, strip + std::min(x + k, count - 1) * strip_rows + first);
      transpose_square<T>(v);
      for (Index r = 0; r < n && first + r < rows; ++r) hn::StoreU(v[r], d, row(first + r) + x);
    }
}

// The sums of N channels of one output place over a strip.
template <int N, class T>
HWY_INLINE void narrow_channels(const SumOf<T>* weight, Index count, const T* source, Index step, T* to,
                                Index to_step) {
  const SumTag<T> d;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  for (Index r = 0; r < strip_rows; r += lanes, source += lanes, to += lanes) {
    auto s0 = begin_sum<T>(), s1 = s0, s2 = s0, s3 = s0;
    const T* x = source;
    for (Index k = 0; k < count; ++k, x += step) {
      const auto w = hn::Set(d, weight[k]);
      s0 = hn::Add(s0, hn::Mul(load_terms(x), w));
      if constexpr (N > 1) s1 = hn::Add(s1, hn::Mul(load_terms(x + strip_rows), w));
      if constexpr (N > 2) s2 = hn::Add(s2, hn::Mul(load_terms(x + 2 * strip_rows), w));
      if constexpr (N > 3) s3 = hn::Add(s3, hn::Mul(load_terms(x + 3 * strip_rows), w));
    }
    store_sum(s0, to);
    if constexpr (N > 1) store_sum(s1, to + to_step);
    if constexpr (N > 2) store_sum(s2, to + 2 * to_step);
    if constexpr (N > 3) store_sum(s3, to + 3 * to_step);
  }
}

// Output places [begin, end) of the columns, from a strip whose first element is that of source place `first`: channel
// c of place o to narrow[(o - begin) * place + c * channel][row].
template <class T>
void narrow_strip(const Taps& taps, Index begin, Index end, Index first, Index channels, const T* strip, T* narrow,
                  Index place, Index channel) {
  const Index step = channels * strip_rows, to_step = channel * strip_rows;
  for (Index o = begin; o < end; ++o) {
    const SumOf<T>* weight = weights<T>(taps, o);
    const Index count = taps.count[static_cast<std::size_t>(o)];
    const T* source = strip + (taps.first[static_cast<std::size_t>(o)] - first) * step;
    T* to = narrow + (o - begin) * place * strip_rows;
    Index c = 0;
    for (; c + 4 <= channels; c += 4)
      narrow_channels<4>(weight, count, source + c * strip_rows, step, to + c * to_step, to_step);
    source += c * strip_rows;
    to += c * to_step;
    if (channels - c == 3) narrow_channels<3>(weight, count, source, step, to, to_step);
    if (channels - c == 2) narrow_channels<2>(weight, count, source, step, to, to_step);
    if (channels - c == 1) narrow_channels<1>(weight, count, source, step, to, to_step);
  }
}

// The sum over the taps of output row `place`, at the elements from x on: row(k) gives source row k.
template <class T, class Row>
HWY_INLINE SumVector<T> sum_rows(const Taps& taps, Index place, Index x, const Row& row) {
  const SumOf<T>* weight = weights<T>(taps, place);
  const Index first = taps.first[static_cast<std::size_t>(place)], count = taps.count[static_cast<std::size_t>(place)];
  auto sum = begin_sum<T>();
  for (Index k = 0; k < count; ++k)
    sum = hn::Add(sum, hn::Mul(load_terms<T>(row(first + k) + x), hn::Set(SumTag<T>(), weight[k])));
  return sum;
}

#endif
}  // namespace fovea::ops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
