#include <algorithm>
#include <bit>
#include <cstring>

#include "base/machine.h"
#include "ops/filter/box.h"
#include "ops/filter/half_image.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/box_filter_simd.cpp"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

// Rows are summed first, straight from the image, then columns, from a row of sums that has its borders beside it.
// A window of few rows is summed anew for each result row; more rows go through an array of column sums.

#ifndef FOVEA_BOX_FILTER_PLAN
#define FOVEA_BOX_FILTER_PLAN
namespace fovea::ops::cpu {

inline constexpr Index few_terms = 8;         // up to here sums are direct
inline constexpr Index tile_bytes = 8192;     // of sums at a time
inline constexpr Index fetched_ahead = 2048;  // bytes of the window's last row, which is the one not yet in a cache

struct BoxPlan {
  DType dtype;
  ImageShape shape;
  Index window[2];
  Border border;
  double value;
  std::vector<Index> rows, left, right;  // what stands for rows from -window/2 on, and for columns beside the image
  // mean_of_few() in 16 bits: ((sum + delta) * multiplier >> 16) >> shift, then at most 255.
  std::uint16_t delta = 0, multiplier = 0;
  int shift = 0;
  bool stream = false;  // results too large to be found in a cache later

  Index width() const { return shape.columns * shape.channels; }
  Index count() const { return window[0] * window[1]; }
};

}  // namespace fovea::ops::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace fovea::ops::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET != HWY_SCALAR

// The element type and the type of its sums that have kernels by hand; the rest is left to the compiler.
template <class T, class A>
inline constexpr bool by_hand = (std::is_floating_point_v<T> && std::is_same_v<T, A>) ||
                                (sizeof(T) == 1 && std::is_same_v<A, std::uint16_t>);

template <class D, class T>
HWY_INLINE hn::Vec<D> LoadAs(D d, const T* from) {
  if constexpr (std::is_same_v<T, hn::TFromD<D>>)
    return hn::LoadU(d, from);
  else
    return hn::PromoteTo(d, hn::LoadU(hn::Rebind<T, D>(), from));
}

// `sum(x)` stores the vector that starts at element x; the last ones overlap. False: fewer than a vector.
template <class F>
HWY_INLINE bool Overlapping(Index lanes, Index count, const F& sum) {
  if (count < lanes) return false;
  Index x = 0;
  for (; x + lanes <= count; x += lanes) sum(x);
  if (x < count) sum(count - lanes);
  return true;
}

template <int K, class T, class A>
bool SumRowsByHand(const T* const* rows, Index begin, Index count, A* HWY_RESTRICT sums) {
  const hn::ScalableTag<A> d;
  const T* r[K];
  for (int k = 0; k < K; ++k) r[k] = rows[k] + begin;
  return Overlapping(static_cast<Index>(hn::Lanes(d)), count, [&](Index x) HWY_ATTR {
    hwy::Prefetch(reinterpret_cast<const char*>(r[K - 1] + x) + fetched_ahead);
    auto sum = LoadAs(d, r[0] + x);
#pragma GCC unroll 8
    for (int k = 1; k < K; ++k) sum = hn::Add(sum, LoadAs(d, r[k] + x));
    hn::StoreU(sum, d, sums + x);
  });
}

// Stores value(x) for every x; past the caches where whole cache lines allow and `stream` asks for it.
template <class D, class T, class F>
HWY_INLINE bool Place(bool stream, D d, Index lanes, Index count, T* HWY_RESTRICT out, const F& value) {
  if (!stream) return Overlapping(lanes, count, [&](Index x) HWY_ATTR { hn::StoreU(value(x), d, out + x); });
  const auto misplaced = reinterpret_cast<std::uintptr_t>(out) / sizeof(T) % static_cast<std::uintptr_t>(lanes);
  const Index head = misplaced == 0 ? 0 : lanes - static_cast<Index>(misplaced);
  if (count < head + lanes) return Place(false, d, lanes, count, out, value);
  if (head > 0) hn::StoreU(value(0), d, out);
  Index x = head;
  for (; x + lanes <= count; x += lanes) hn::Stream(value(x), d, out + x);
  if (x < count) hn::StoreU(value(count - lanes), d, out + count - lanes);
  return true;
}

// Means of K columns each, straight into the result.
template <int K, class T>
bool MeansByHand(const BoxPlan& plan, const T* HWY_RESTRICT in, Index count, T* HWY_RESTRICT out) {
  const hn::ScalableTag<T> d;
  const Index lanes = static_cast<Index>(hn::Lanes(d)), step = plan.shape.channels;
  const auto reciprocal = hn::Set(d, T{1} / static_cast<T>(plan.count()));
  const auto mean = [&](Index x) HWY_ATTR {
    auto sum = hn::LoadU(d, in + x);
#pragma GCC unroll 8
    for (int k = 1; k < K; ++k) sum = hn::Add(sum, hn::LoadU(d, in + x + k * step));
    return hn::Mul(sum, reciprocal);
  };
  return Place(plan.stream, d, lanes, count, out, mean);
}
template <int K>
bool MeansByHand(const BoxPlan& plan, const std::uint16_t* HWY_RESTRICT in, Index count,
                 std::uint8_t* HWY_RESTRICT out) {
  const hn::ScalableTag<std::uint16_t> d;
  const hn::RebindToSigned<decltype(d)> di;
  const hn::ScalableTag<std::uint8_t> bytes;
  const hn::Half<decltype(bytes)> half;
  const Index lanes = static_cast<Index>(hn::Lanes(d)), step = plan.shape.channels;
  const auto delta = hn::Set(d, plan.delta), multiplier = hn::Set(d, plan.multiplier), most = hn::Set(d, 255);
  const auto mean = [&](Index x) HWY_ATTR {
    auto sum = hn::LoadU(d, in + x);
#pragma GCC unroll 8
    for (int k = 1; k < K; ++k) sum = hn::Add(sum, hn::LoadU(d, in + x + k * step));
    const auto quotient = hn::ShiftRightSame(hn::MulHigh(hn::Add(sum, delta), multiplier), plan.shift);
    return hn::DemoteTo(half, hn::BitCast(di, hn::Min(quotient, most)));
  };
  return Place(plan.stream, bytes, 2 * lanes, count, out,
               [&](Index x) HWY_ATTR { return hn::Combine(bytes, mean(x + lanes), mean(x)); });
}

#endif

template <int K, class T, class A>
void SumRows(const T* const* rows, Index begin, Index count, A* __restrict sums) {
#if HWY_TARGET != HWY_SCALAR
  if constexpr (by_hand<T, A>)
    if (SumRowsByHand<K>(rows, begin, count, sums)) return;
#endif
  const T* r[K];
  for (int k = 0; k < K; ++k) r[k] = rows[k] + begin;
  for (Index x = 0; x < count; ++x) {
    A sum = static_cast<A>(r[0][x]);
#pragma GCC unroll 8
    for (int k = 1; k < K; ++k) sum = static_cast<A>(sum + static_cast<A>(r[k][x]));
    sums[x] = sum;
  }
}

// sums[x] = x[0] + x[step] + ... of K terms.
template <int K, class A>
void SumColumns(const A* __restrict in, Index step, Index count, A* __restrict sums) {
  for (Index x = 0; x < count; ++x) {
    A sum = in[x];
#pragma GCC unroll 8
    for (int k = 1; k < K; ++k) sum = static_cast<A>(sum + in[x + k * step]);
    sums[x] = sum;
  }
}

template <class F>
void WithTerms(Index terms, F&& f) {
  switch (terms) {
    case 1:
      return f(std::integral_constant<int, 1>{});
    case 2:
      return f(std::integral_constant<int, 2>{});
    case 3:
      return f(std::integral_constant<int, 3>{});
    case 4:
      return f(std::integral_constant<int, 4>{});
    case 5:
      return f(std::integral_constant<int, 5>{});
    case 6:
      return f(std::integral_constant<int, 6>{});
    case 7:
      return f(std::integral_constant<int, 7>{});
    default:
      return f(std::integral_constant<int, 8>{});
  }
}

// Sums of `terms` columns by doubling: sums of 1, 2, 4, ... columns, and those of the binary digits of `terms`. `in`
// and `other` hold count + (terms - 1) * step elements and are overwritten.
template <class A>
void SumManyColumns(A* in, A* other, Index step, Index terms, Index count, A* __restrict sums) {
  Index length = count + (terms - 1) * step, done = 0;
  std::fill(sums, sums + count, A{0});
  for (Index width = 1;; width *= 2) {
    if ((terms & width) != 0) {
      const A* __restrict from = in + done * step;
      for (Index x = 0; x < count; ++x) sums[x] = static_cast<A>(sums[x] + from[x]);
      done += width;
    }
    if (width * 2 > terms) return;
    length -= width * step;
    const A* __restrict near = in;
    const A* __restrict far = in + width * step;
    A* __restrict to = other;
    for (Index x = 0; x < length; ++x) to[x] = static_cast<A>(near[x] + far[x]);
    std::swap(in, other);
  }
}

// Sums to means.
template <class T, class A>
void Divide(const BoxPlan& plan, const A* __restrict sums, Index count, T* __restrict out) {
  if constexpr (std::is_floating_point_v<T>) {
    const A reciprocal = A{1} / static_cast<A>(plan.count());
    for (Index x = 0; x < count; ++x) out[x] = static_cast<T>(sums[x] * reciprocal);
  } else if constexpr (std::is_same_v<A, std::uint16_t>) {
    for (Index x = 0; x < count; ++x) {
      const auto shifted = static_cast<std::uint16_t>(sums[x] + plan.delta);
      const auto mean =
          static_cast<std::uint16_t>((static_cast<std::uint32_t>(shifted) * plan.multiplier >> 16) >> plan.shift);
      out[x] = static_cast<T>(mean > 255 ? 255 : mean);
    }
  } else if constexpr (sizeof(T) == 1) {
    const float reciprocal = static_cast<float>(1.0 / static_cast<double>(plan.count()));
    for (Index x = 0; x < count; ++x)
      out[x] = static_cast<T>(static_cast<std::int32_t>(__builtin_rintf(static_cast<float>(sums[x]) * reciprocal)));
  } else if constexpr (sizeof(T) == 2) {
    // Exact: quotients below 2^16 differ from a half by 2^-31 or more, or are one.
    const double terms = static_cast<double>(plan.count());
    for (Index x = 0; x < count; ++x)
      out[x] = static_cast<T>(static_cast<std::int32_t>(__builtin_rint(static_cast<double>(sums[x]) / terms)));
  } else {
    for (Index x = 0; x < count; ++x) out[x] = static_cast<T>(rounded_quotient(sums[x], plan.count()));
  }
}

// Copies past the caches. Lengths and places need not be whole vectors.
void StreamOut(const std::uint8_t* from, std::uint8_t* to, Index bytes) {
  const hn::ScalableTag<std::uint8_t> d;
  const Index lanes = static_cast<Index>(hn::Lanes(d));
  const Index head = static_cast<Index>(-reinterpret_cast<std::uintptr_t>(to) & static_cast<std::uintptr_t>(lanes - 1));
  if (bytes < head + lanes) {
    std::memcpy(to, from, static_cast<std::size_t>(bytes));
    return;
  }
  std::memcpy(to, from, static_cast<std::size_t>(head));
  Index x = head;
  for (; x + lanes <= bytes; x += lanes) hn::Stream(hn::LoadU(d, from + x), d, to + x);
  std::memcpy(to + x, from + x, static_cast<std::size_t>(bytes - x));
}

// Columns [begin, end) of one row from a row of sums of their columns and those beside.
template <class T, class A>
struct RowMaker {
  const BoxPlan& plan;
  std::vector<std::byte> bytes;
  A *padded = nullptr, *other = nullptr, *sums = nullptr;
  T* means = nullptr;
  A outside;  // the sum of a column of the constant

  explicit RowMaker(const BoxPlan& p, Index width) : plan(p) {
    const auto room = static_cast<std::size_t>(width + (p.window[1] - 1) * p.shape.channels + 64);
    bytes.resize(room * (3 * sizeof(A) + sizeof(T)) + 256);
    padded = reinterpret_cast<A*>(bytes.data());
    other = padded + room;
    sums = other + room;
    means = reinterpret_cast<T*>(sums + room);
    outside = A{0};
    const A value = static_cast<A>(border_value<T>(p.value));
    for (Index k = 0; k < p.window[0]; ++k) outside = static_cast<A>(outside + value);
  }

  void Fill(A* to, Index column, const A* inner, Index first_column) const {
    for (Index c = 0; c < plan.shape.channels; ++c)
      to[c] = column < 0 ? outside : inner[(column - first_column) * plan.shape.channels + c];
  }

  void Finish(Index count, T* out) {
    const Index step = plan.shape.channels;
#if HWY_TARGET != HWY_SCALAR
    if constexpr (by_hand<T, A>) {
      bool done = false;
      if (plan.window[1] <= few_terms)
        WithTerms(plan.window[1], [&](auto k) { done = MeansByHand<k>(plan, padded, count, out); });
      if (done) return;
    }
#endif
    if (plan.window[1] <= few_terms)
      WithTerms(plan.window[1], [&](auto k) { SumColumns<k>(padded, step, count, sums); });
    else
      SumManyColumns(padded, other, step, plan.window[1], count, sums);
    if (!plan.stream) return Divide<T, A>(plan, sums, count, out);
    Divide<T, A>(plan, sums, count, means);
    StreamOut(reinterpret_cast<const std::uint8_t*>(means), reinterpret_cast<std::uint8_t*>(out),
              count * static_cast<Index>(sizeof(T)));
  }
};

// Rows [begin, end) of the result, each summed anew over few rows.
template <class T, class A>
void FewRows(const BoxPlan& plan, const T* x, T* y, Index begin, Index end) {
  const Index step = plan.shape.channels, columns = plan.shape.columns, width = plan.width();
  const Index before = plan.window[1] / 2, after = plan.window[1] - 1 - before;
  // Tiles only where borders come from the same tile: reach and channels are small.
  const Index tile = std::max<Index>(tile_bytes / static_cast<Index>(sizeof(A)) / step, 16 * plan.window[1]);
  const bool whole = columns <= 2 * tile;
  RowMaker<T, A> row(plan, (whole ? columns : 2 * tile) * step);
  std::vector<T> constant;
  if (plan.border == Border::constant) constant.assign(static_cast<std::size_t>(width), border_value<T>(plan.value));
  const T* rows[few_terms] = {};
  std::vector<A> edge(static_cast<std::size_t>(step));
  for (Index r = begin; r < end; ++r) {
    for (Index k = 0; k < plan.window[0]; ++k) {
      const Index place = plan.rows[static_cast<std::size_t>(r + k)];
      rows[k] = place < 0 ? constant.data() : x + place * width;
    }
    const auto sum = [&](Index from, Index count, A* to) {
      WithTerms(plan.window[0], [&](auto k) { SumRows<k>(rows, from * step, count * step, to); });
    };
    const auto border = [&](Index place, A* to) {
      if (place < 0)
        std::fill(to, to + step, row.outside);
      else
        sum(place, 1, to);
    };
    for (Index first = 0; first < columns;) {
      const Index last = whole || columns - first < 2 * tile ? columns : first + tile;
      const Index from = std::max<Index>(first - before, 0), to = std::min(last + after, columns);
      A* inner = row.padded + (from - (first - before)) * step;
      sum(from, to - from, inner);
      for (Index k = first - before; k < 0; ++k)
        border(plan.left[static_cast<std::size_t>(k + before)], row.padded + (k - (first - before)) * step);
      for (Index k = columns; k < last + after; ++k)
        border(plan.right[static_cast<std::size_t>(k - columns)], row.padded + (k - (first - before)) * step);
      row.Finish((last - first) * step, y + r * width + first * step);
      first = last;
    }
  }
}

// Sums over the window's rows for elements [begin, end) of all rows. Floats: suffix sums of a block of as many rows as
// the window has, and prefix sums of the next (van Herk); so only the window's own elements enter.
template <class T, class A>
void ColumnSums(const BoxPlan& plan, const T* x, A* sums, Index begin, Index end) {
  const Index width = plan.width(), height = plan.shape.rows, window = plan.window[0], count = end - begin;
  std::vector<T> constant;
  if (plan.border == Border::constant) constant.assign(static_cast<std::size_t>(count), border_value<T>(plan.value));
  const auto source = [&](Index place) {
    const Index row = plan.rows[static_cast<std::size_t>(place)];
    return row < 0 ? constant.data() : x + row * width + begin;
  };
  std::vector<A> running(static_cast<std::size_t>(count), A{0});
  A* __restrict total = running.data();
  const auto add = [&](const T* __restrict row) {
    for (Index k = 0; k < count; ++k) total[k] = static_cast<A>(total[k] + static_cast<A>(row[k]));
  };
  if constexpr (std::is_integral_v<A>) {
    for (Index i = 0; i < window - 1; ++i) add(source(i));
    for (Index r = 0; r < height; ++r) {
      const T* __restrict in = source(r + window - 1);
      const T* __restrict out = source(r);
      A* __restrict to = sums + r * width + begin;
      for (Index k = 0; k < count; ++k) {
        to[k] = static_cast<A>(total[k] + static_cast<A>(in[k]));
        total[k] = static_cast<A>(to[k] - static_cast<A>(out[k]));
      }
    }
  } else {
    const Index kept = std::min(window, height);
    const Array block = Array::empty({kept, count}, DTypeOf<A>::value);
    A* suffix = reinterpret_cast<A*>(block.data());
    for (Index first = 0; first < height; first += window) {
      const Index here = std::min(window, height - first);
      std::fill(total, total + count, A{0});
      for (Index i = window - 1; i >= 0; --i) {
        add(source(first + i));
        if (i < here) std::copy(total, total + count, suffix + i * count);
      }
      std::fill(total, total + count, A{0});
      for (Index i = 0; i < here; ++i) {
        if (i > 0) add(source(first + window + i - 1));
        const A* __restrict from = suffix + i * count;
        A* __restrict to = sums + (first + i) * width + begin;
        for (Index k = 0; k < count; ++k) to[k] = from[k] + total[k];
      }
    }
  }
}

template <class T, class A>
void RowsOfSums(const BoxPlan& plan, const A* sums, T* y, Index begin, Index end) {
  const Index step = plan.shape.channels, width = plan.width(), before = plan.window[1] / 2;
  RowMaker<T, A> row(plan, width);
  for (Index r = begin; r < end; ++r) {
    const A* in = sums + r * width;
    std::copy(in, in + width, row.padded + before * step);
    for (std::size_t k = 0; k < plan.left.size(); ++k)
      row.Fill(row.padded + static_cast<Index>(k) * step, plan.left[k], in, 0);
    for (std::size_t k = 0; k < plan.right.size(); ++k)
      row.Fill(row.padded + (before + plan.shape.columns + static_cast<Index>(k)) * step, plan.right[k], in, 0);
    row.Finish(width, y + r * width);
  }
}

template <class T, class A>
void Filter(const BoxPlan& plan, const std::byte* in, std::byte* out) {
  const T* x = reinterpret_cast<const T*>(in);
  T* y = reinterpret_cast<T*>(out);
  const Index width = plan.width(), elements_a_task = 1 << 14;
  if (plan.window[0] <= few_terms) {
    parallel_for(plan.shape.rows, elements_a_task / width + 1,
                 [&](Index begin, Index end) { FewRows<T, A>(plan, x, y, begin, end); });
    return;
  }
  const Array kept = Array::empty({plan.shape.rows, width * static_cast<Index>(sizeof(A))}, DType::u8);
  A* sums = reinterpret_cast<A*>(kept.data());
  const Index tile = std::clamp<Index>((width + 7) / 8, 64, 1024), tiles = (width + tile - 1) / tile;
  parallel_for(tiles, 1, [&](Index begin, Index end) {
    for (Index t = begin; t < end; ++t) ColumnSums<T, A>(plan, x, sums, t * tile, std::min((t + 1) * tile, width));
  });
  parallel_for(plan.shape.rows, elements_a_task / width + 1,
               [&](Index begin, Index end) { RowsOfSums<T, A>(plan, sums, y, begin, end); });
}

void Run(const BoxPlan& plan, const std::byte* in, std::byte* out) {
  const Index count = plan.count();
  switch (plan.dtype) {
    case DType::u8:
      if (count > 1 && count <= few_bytes) return Filter<std::uint8_t, std::uint16_t>(plan, in, out);
      if (count < (1 << 23)) return Filter<std::uint8_t, std::int32_t>(plan, in, out);
      return Filter<std::uint8_t, std::int64_t>(plan, in, out);
    case DType::u16:
      if (count < (1 << 15)) return Filter<std::uint16_t, std::int32_t>(plan, in, out);
      return Filter<std::uint16_t, std::int64_t>(plan, in, out);
    case DType::i16:
      if (count < (1 << 15)) return Filter<std::int16_t, std::int32_t>(plan, in, out);
      return Filter<std::int16_t, std::int64_t>(plan, in, out);
    case DType::i32:
      return Filter<std::int32_t, std::int64_t>(plan, in, out);
    case DType::f16:  // already widened; sums in f64 are exact
      return Filter<float, double>(plan, in, out);
    case DType::f32:
      return Filter<float, float>(plan, in, out);
    default:
      return Filter<double, double>(plan, in, out);
  }
}

}  // namespace fovea::ops::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fovea::ops::cpu {
namespace {

HWY_EXPORT(Run);

bool divides(const BoxPlan& plan) {
  for (std::int64_t sum = 0; sum <= 255 * plan.count(); ++sum) {
    const std::int64_t mean = ((sum + plan.delta) * plan.multiplier >> 16) >> plan.shift;
    if (std::min<std::int64_t>(mean, 255) != mean_of_few(sum, plan.count())) return false;
  }
  return true;
}

// Some multiplier of these is right for each of the 255 counts.
void set_divisor(BoxPlan& plan) {
  const auto count = static_cast<std::uint32_t>(plan.count());
  const int digits = std::bit_width(count) - 1;
  if (std::has_single_bit(count)) {
    plan.delta = static_cast<std::uint16_t>(count / 2 + 1), plan.multiplier = 32768, plan.shift = digits - 1;
    return;
  }
  plan.shift = digits;
  for (std::uint32_t delta : {0u, 1u})
    for (std::uint32_t up : {1u, 0u}) {
      plan.delta = static_cast<std::uint16_t>(count / 2 + delta);
      plan.multiplier = static_cast<std::uint16_t>((1u << (16 + digits)) / count + up);
      if (divides(plan)) return;
    }
  throw Error(Errc::internal, "box_filter: no divisor for " + std::to_string(count));
}

class BoxFilterSimd final : public Kernel {
 public:
  explicit BoxFilterSimd(const Call& call) {
    const BoxFilter& p = call.as<BoxFilter>();
    plan_.dtype = call.inputs[0].dtype;
    plan_.shape = image_shape(call.inputs[0].shape, "box_filter");
    plan_.border = parse_border(p.border);
    plan_.value = p.value;
    window_extents(p.size, "box_filter", plan_.window);
    if (plan_.shape.elements() == 0) return;
    const Index above = plan_.window[0] / 2, left = plan_.window[1] / 2;
    for (Index k = 0; k < plan_.shape.rows + plan_.window[0] - 1; ++k)
      plan_.rows.push_back(border_place(k - above, plan_.shape.rows, plan_.border));
    for (Index k = 0; k < left; ++k) plan_.left.push_back(border_place(k - left, plan_.shape.columns, plan_.border));
    for (Index k = 0; k < plan_.window[1] - 1 - left; ++k)
      plan_.right.push_back(border_place(plan_.shape.columns + k, plan_.shape.columns, plan_.border));
    if (plan_.dtype == DType::u8 && plan_.count() > 1 && plan_.count() <= few_bytes) set_divisor(plan_);
    // The image and the result would not both stay in the cache.
    plan_.stream = plan_.shape.elements() * static_cast<Index>(size_of(plan_.dtype)) > largest_cache_bytes() / 4;
  }

  void run(Queue, std::span<const Array> in, const Array& out) override {
    if (plan_.shape.elements() == 0) return;
    if (plan_.dtype != DType::f16) return HWY_DYNAMIC_DISPATCH(Run)(plan_, in[0].data(), out.data());
    through_f32(in[0], out, [&](const Array& x, const Array& y) {
      HWY_DYNAMIC_DISPATCH(Run)(plan_, x.data(), y.data());
    });
  }

 private:
  BoxPlan plan_;
};

bool supports(const Call& call) {
  return plain(call) && (box_type(call.inputs[0].dtype) || half_image(call));
}

std::unique_ptr<Kernel> prepare(const Call& call) {
  return std::make_unique<BoxFilterSimd>(call);
}

}  // namespace

void register_box_filter_simd(Registry& r) {
  r.add_row({"box_filter", Device::Kind::cpu, "simd", supports, prepare});
}

}  // namespace fovea::ops::cpu
#endif
