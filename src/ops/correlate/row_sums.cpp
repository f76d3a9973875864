#include "ops/correlate/row_sums.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/correlate/row_sums.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fovea::ops::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// V vectors side by side. Members, not arrays: g++ 12 keeps these in registers.
template <class W, int V>
struct Strip {
  hn::Vec<hn::ScalableTag<W>> first;
  Strip<W, V - 1> rest;

  HWY_INLINE void Zero() {
    first = hn::Zero(hn::ScalableTag<W>());
    rest.Zero();
  }
  HWY_INLINE void Load(const W* x) {
    const hn::ScalableTag<W> d;
    first = hn::LoadU(d, x);
    rest.Load(x + hn::Lanes(d));
  }
  HWY_INLINE void Store(W* out) const {
    const hn::ScalableTag<W> d;
    hn::StoreU(first, d, out);
    rest.Store(out + hn::Lanes(d));
  }
  template <class Vec>
  HWY_INLINE void AddProducts(const Vec tap, const Strip& in) {
    if constexpr (std::is_floating_point_v<W>)
      first = hn::MulAdd(tap, in.first, first);
    else
      first = hn::Add(first, hn::Mul(tap, in.first));
    rest.AddProducts(tap, in.rest);
  }
};
template <class W>
struct Strip<W, 0> {
  HWY_INLINE void Zero() {}
  HWY_INLINE void Load(const W*) {}
  HWY_INLINE void Store(W*) const {}
  template <class Vec>
  HWY_INLINE void AddProducts(const Vec, const Strip&) {}
};

// R rows of V vectors of sums.
template <class W, int R, int V>
struct Tile {
  Strip<W, V> top;
  Tile<W, R - 1, V> below;

  HWY_INLINE void Zero() {
    top.Zero();
    below.Zero();
  }
  HWY_INLINE void Store(W* out, Index stride) const {
    top.Store(out);
    below.Store(out + stride, stride);
  }
  // Sums Low to High - 1 get `in` times a tap: tap[0], then those of the rows of taps above.
  template <int Low, int High>
  HWY_INLINE void Add(const Strip<W, V>& in, const W* tap, Index kw) {
    if constexpr (Low > 0) {
      below.template Add<Low - 1, High - 1>(in, tap, kw);
    } else if constexpr (High > 0) {
      top.AddProducts(hn::Set(hn::ScalableTag<W>(), *tap), in);
      below.template Add<0, High - 1>(in, tap - kw, kw);
    }
  }
  // A row of the image at x, times its rows of taps; `taps` is that of sum Low.
  template <int Low, int High, int KW, int J = 0>
  HWY_INLINE void Row(const W* x, const W* taps, Index kw, Index step) {
    if constexpr (KW == 0) {
      for (Index j = 0; j < kw; ++j) Column<Low, High>(x + j * step, taps + j, kw);
    } else if constexpr (J < KW) {
      Column<Low, High>(x + J * step, taps + J, kw);
      Row<Low, High, KW, J + 1>(x, taps, kw, step);
    }
  }
  template <int Low, int High>
  HWY_INLINE void Column(const W* x, const W* tap, Index kw) {
    Strip<W, V> in;
    in.Load(x);
    Add<Low, High>(in, tap, kw);
  }

  // All of a kernel of KH rows; of 0: of any number of rows not below R.
  template <int KH, int KW, int Q = 0>
  HWY_INLINE void Compute(const RowSums<W>& s, const W* const* rows, Index x) {
    const Index kw = KW ? KW : s.kw;
    if constexpr (KH != 0) {
      if constexpr (Q < R + KH - 1) {
        constexpr int low = Q - KH + 1 > 0 ? Q - KH + 1 : 0, high = Q < R - 1 ? Q + 1 : R;
        Row<low, high, KW>(rows[Q] + x, s.taps + (Q - low) * kw, kw, s.step);
        Compute<KH, KW, Q + 1>(s, rows, x);
      }
    } else {
      Begin<KW>(s, rows, x, kw);
      for (Index q = R - 1; q < s.kh; ++q) Row<0, R, KW>(rows[q] + x, s.taps + q * kw, kw, s.step);
      End<KW>(s, rows, x, kw);
    }
  }
  template <int KW, int Q = 0>
  HWY_INLINE void Begin(const RowSums<W>& s, const W* const* rows, Index x, Index kw) {
    if constexpr (Q < R - 1) {
      Row<0, Q + 1, KW>(rows[Q] + x, s.taps + Q * kw, kw, s.step);
      Begin<KW, Q + 1>(s, rows, x, kw);
    }
  }
  template <int KW, int Low = 1>
  HWY_INLINE void End(const RowSums<W>& s, const W* const* rows, Index x, Index kw) {
    if constexpr (Low < R) {
      Row<Low, R, KW>(rows[s.kh + Low - 1] + x, s.taps + (s.kh - 1) * kw, kw, s.step);
      End<KW, Low + 1>(s, rows, x, kw);
    }
  }
};
template <class W, int V>
struct Tile<W, 0, V> {
  HWY_INLINE void Zero() {}
  HWY_INLINE void Store(W*, Index) const {}
  template <int Low, int High>
  HWY_INLINE void Add(const Strip<W, V>&, const W*, Index) {}
};

// The last tile of each width lies so that it ends with the row: some sums are made twice, to the same bits.
template <class W, int R, int V, int KH, int KW>
void Columns(const RowSums<W>& s, Index first) {
  const Index lanes = static_cast<Index>(hn::Lanes(hn::ScalableTag<W>()));
  const W* const* rows = s.rows + first;
  W* out = s.out + first * s.out_stride;
  if (s.width >= V * lanes) {
    for (Index x = 0; x < s.width; x += V * lanes) {
      const Index at = std::min(x, s.width - V * lanes);
      Tile<W, R, V> tile;
      tile.Zero();
      tile.template Compute<KH, KW>(s, rows, at);
      tile.Store(out + at, s.out_stride);
    }
  } else if (s.width >= lanes) {
    for (Index x = 0; x < s.width; x += lanes) {
      const Index at = std::min(x, s.width - lanes);
      Tile<W, R, 1> tile;
      tile.Zero();
      tile.template Compute<KH, KW>(s, rows, at);
      tile.Store(out + at, s.out_stride);
    }
  } else {
    HWY_ALIGN W part[R * hn::MaxLanes(hn::ScalableTag<W>())];
    Tile<W, R, 1> tile;
    tile.Zero();
    tile.template Compute<KH, KW>(s, rows, 0);
    tile.Store(part, lanes);
    for (Index r = 0; r < R; ++r)
      std::memcpy(out + r * s.out_stride, part + r * lanes, static_cast<std::size_t>(s.width) * sizeof(W));
  }
}

template <class W, int KH, int KW>
HWY_INLINE void Rows(const RowSums<W>& s) {
  constexpr int vectors = HWY_TARGET <= HWY_AVX3 ? 4 : 2;
  if (s.count == rows_at_once) return Columns<W, rows_at_once, vectors, KH, KW>(s, 0);
  constexpr int one_row = KH == 0 ? 0 : KH;
  for (Index r = 0; r < s.count; ++r) Columns<W, 1, vectors, one_row, KW>(s, r);
}

template <class W>
HWY_INLINE void Sums(const RowSums<W>& s) {
  if (s.kh == 3 && s.kw == 3) return Rows<W, 3, 3>(s);
  if (s.kh == 1) return Rows<W, 1, 0>(s);
  if (s.kh == 2) return Rows<W, 2, 0>(s);
  if (s.kh == 3) return Rows<W, 3, 0>(s);
  if (s.kw == 1) return Rows<W, 0, 1>(s);
  Rows<W, 0, 0>(s);
}

void SumsF32(const RowSums<float>& s) {
  Sums(s);
}
void SumsF64(const RowSums<double>& s) {
  Sums(s);
}
void SumsU16(const RowSums<std::uint16_t>& s) {
  Sums(s);
}
void SumsU32(const RowSums<std::uint32_t>& s) {
  Sums(s);
}

}  // namespace fovea::ops::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fovea::ops {

HWY_EXPORT(SumsF32);
HWY_EXPORT(SumsF64);
HWY_EXPORT(SumsU16);
HWY_EXPORT(SumsU32);

template <>
void row_sums(const RowSums<float>& s) {
  HWY_DYNAMIC_DISPATCH(SumsF32)(s);
}
template <>
void row_sums(const RowSums<double>& s) {
  HWY_DYNAMIC_DISPATCH(SumsF64)(s);
}
template <>
void row_sums(const RowSums<std::uint16_t>& s) {
  HWY_DYNAMIC_DISPATCH(SumsU16)(s);
}
template <>
void row_sums(const RowSums<std::uint32_t>& s) {
  HWY_DYNAMIC_DISPATCH(SumsU32)(s);
}

}  // namespace fovea::ops
#endif
