#include <optional>

#include "ops/correlate/sums.h"

namespace fovea::ops {
namespace {

// Output columns [begin, begin + width), in numbers, whose windows lie in rows as stored or in a ring of padded rows.
template <class W>
struct Segment {
  Index begin, width;
  std::optional<Ring<W>> ring;
};

// Whole rows through a ring; or, where copying rows would cost more than it saves, only the borders.
template <class W>
std::vector<Segment<W>> segments(const ImageRows<W>& x, const Taps<W>& taps, Index width, Index rows) {
  const Index step = x.step(), vector = slack<W>() * step, reach = (taps.width - 1) * step;
  const Index begin = x.left() == 0 ? 0 : (x.left() * step + vector - 1) / vector * vector;
  const Index last = std::min(width, (x.left() + x.width()) * step - reach);
  const Index end = last >= width ? width : begin + (last - begin) / vector * vector;
  std::vector<Segment<W>> all;
  const auto through_ring = [&](Index from, Index to) {
    if (from < to) all.push_back({from, to - from, Ring<W>(x, from / step, (to + reach) / step, rows)});
  };
  constexpr Index copying_pays = 64;  // taps
  if (!x.in_place() || taps.height * taps.width >= copying_pays || end - begin < 8 * vector) {
    through_ring(0, width);
  } else {
    through_ring(0, begin);
    all.push_back({begin, end - begin, std::nullopt});
    through_ring(end, width);
  }
  return all;
}

// (a + i b) for a = sums with the real parts, b with the imaginary parts of the taps; conjugated if so wished.
template <class W>
void combine(W* a, const W* b, Index width, bool conjugate) {
  const W sign = conjugate ? W(-1) : W(1);
  for (Index k = 0; k < width; k += 2) {
    const W re = b ? a[k] - b[k + 1] : a[k], im = b ? a[k + 1] + b[k] : a[k + 1];
    a[k] = re;
    a[k + 1] = sign * im;
  }
}

}  // namespace

template <class W>
void direct_sums(const ImageRows<W>& x, const Taps<W>& taps, const Array& out, bool conjugate) {
  const Index height = out.shape()[0], width = out.shape()[1] * x.step(), reach = (taps.width - 1) * x.step();
  const bool complex_taps = !taps.imaginary.empty();
  const Target<W> target(out, width, complex_taps || conjugate);
  std::vector<W> outside;  // a row of the fill value
  for (Index k = 0; k < width + reach; ++k) outside.push_back(x.fill()[k % x.step()]);
  const double products = static_cast<double>(width) * static_cast<double>(taps.height * taps.width);
  for_bands(height, products, [&](Index begin, Index end) {
    const Index ring = taps.height - 1 + rows_at_once;
    std::vector<Segment<W>> all = segments(x, taps, width, ring);
    std::vector<const W*> rows(static_cast<std::size_t>(ring));
    const Block<W> scratch(target.in_place() ? 0 : complex_taps ? 2 * rows_at_once : rows_at_once, width);
    for (Index band = begin; band < end; ++band) {
      const Index first = band * rows_at_once, count = std::min(rows_at_once, height - first);
      const Index last = first + count + taps.height - 1;
      for (Segment<W>& s : all) {
        if (s.ring)
          s.ring->point(first, last, rows.data());
        else
          for (Index q = first; q < last; ++q) {
            const Index row = x.source(q);
            rows[static_cast<std::size_t>(q - first)] =
                row < 0 ? outside.data() : x.stored(row) + (s.begin - x.left() * x.step());
          }
        W* to = (target.in_place() ? target.row(first) : scratch.row(0)) + s.begin;
        RowSums<W> sums{rows.data(),      count,       s.width,
                        taps.real.data(), taps.height, taps.width,
                        x.step(),         to,          target.in_place() ? width : scratch.stride()};
        row_sums(sums);
        if (!complex_taps) continue;
        sums.taps = taps.imaginary.data();
        sums.out = scratch.row(rows_at_once) + s.begin;
        row_sums(sums);
      }
      if (target.in_place()) continue;
      for (Index r = 0; r < count; ++r) {
        if constexpr (std::is_floating_point_v<W>)
          if (complex_taps || conjugate)
            combine(scratch.row(r), complex_taps ? scratch.row(rows_at_once + r) : nullptr, width, conjugate);
        target.put(first + r, scratch.row(r));
      }
    }
  });
}

template <class W>
void separable_sums(const ImageRows<W>& x, const Factors<W>& f, const Array& out, bool conjugate) {
  const Index kh = static_cast<Index>(f.column.size()), kw = static_cast<Index>(f.row.size()), step = x.step();
  const Index height = out.shape()[0], width = out.shape()[1] * step, inner = x.width() * step;
  const Index padded = width / step + kw - 1;
  const Target<W> target(out, width, conjugate);
  std::vector<W> outside, fill(static_cast<std::size_t>(step));  // fill: what the columns of the border sum to
  for (Index k = 0; k < inner + slack<W>(); ++k) outside.push_back(x.fill()[k % step]);
  using Exact = std::conditional_t<std::is_integral_v<W>, std::uint32_t, W>;  // u16 would multiply as int
  for (Index k = 0; k < step; ++k)
    for (const W tap : f.column) {
      W& sum = fill[static_cast<std::size_t>(k)];
      sum = static_cast<W>(Exact{sum} + Exact{tap} * Exact{x.fill()[k]});
    }
  const double products = static_cast<double>(width) * static_cast<double>(kh + kw);
  for_bands(height, products, [&](Index begin, Index end) {
    const Index ring_rows = kh - 1 + rows_at_once;
    std::optional<Ring<W>> ring;
    if (!x.in_place() || inner < slack<W>()) ring.emplace(x, x.left(), x.left() + x.width(), ring_rows);
    std::vector<const W*> rows(static_cast<std::size_t>(ring_rows));
    const Block<W> columns(rows_at_once, std::max(padded * step, x.left() * step + inner));
    const Block<W> scratch(target.in_place() ? 0 : rows_at_once, width);
    for (Index band = begin; band < end; ++band) {
      const Index first = band * rows_at_once, count = std::min(rows_at_once, height - first);
      const Index last = first + count + kh - 1;
      if (ring)
        ring->point(first, last, rows.data());
      else
        for (Index q = first; q < last; ++q)
          rows[static_cast<std::size_t>(q - first)] = x.source(q) < 0 ? outside.data() : x.stored(x.source(q));
      row_sums(RowSums<W>{rows.data(), count, inner, f.column.data(), kh, 1, step, columns.row(0) + x.left() * step,
                          columns.stride()});
      const W* across[rows_at_once];
      for (Index r = 0; r < count; ++r) {
        x.pad(columns.row(r), padded, fill.data());
        across[r] = columns.row(r);
      }
      row_sums(RowSums<W>{across, count, width, f.row.data(), 1, kw, step,
                          target.in_place() ? target.row(first) : scratch.row(0),
                          target.in_place() ? width : scratch.stride()});
      if (target.in_place()) continue;
      for (Index r = 0; r < count; ++r) {
        if constexpr (std::is_floating_point_v<W>)
          if (conjugate) combine<W>(scratch.row(r), nullptr, width, true);
        target.put(first + r, scratch.row(r));
      }
    }
  });
}

#define FOVEA_SUMS(W)                                                                 \
  template void direct_sums(const ImageRows<W>&, const Taps<W>&, const Array&, bool); \
  template void separable_sums(const ImageRows<W>&, const Factors<W>&, const Array&, bool);
FOVEA_SUMS(float)
FOVEA_SUMS(double)
FOVEA_SUMS(std::uint16_t)
FOVEA_SUMS(std::uint32_t)
#undef FOVEA_SUMS

}  // namespace fovea::ops
