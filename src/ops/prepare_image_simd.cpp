#include <algorithm>
#include <cstring>

#include "ops/prepare/normalization.h"
#include "ops/prepare/row_feed.h"
#include "ops/prepare_image.h"
#include "ops/resample/strips.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/prepare_image_simd.cpp"
#include <hwy/foreach_target.h>

#include "ops/resample/strips-inl.h"

// The fused form of prepare_image: one pass over the picture, sixteen rows at a time. Integer arithmetic is the
// portable body's, so the bytes are too. Narrowed rows lie channels apart in a ring from which output rows are made.

#ifndef FOVEA_PREPARE_IMAGE_TABLES
#define FOVEA_PREPARE_IMAGE_TABLES
namespace fovea::ops::cpu {

struct PrepareTables {
  Taps columns, rows;
  Index channels, crop;
  std::vector<Normalization> normalization;  // by channel
};

inline Index padded(Index columns) {
  return (columns + strip_rows - 1) / strip_rows * strip_rows;
}

}  // namespace fovea::ops::cpu
#endif

HWY_BEFORE_NAMESPACE();
namespace fovea::ops::cpu::HWY_NAMESPACE {
#if HWY_TARGET == HWY_SCALAR

// Vectors of one lane cannot hold a strip: on such a machine the portable body is taken.
bool Available() {
  return false;
}
void CheckNormalization(Normalization&) {}
void PrepareBlock(const PrepareTables&, RowState&, const BlockRows&, Index) {}

#else

namespace hn = hwy::HWY_NAMESPACE;
namespace strips = fovea::ops::HWY_NAMESPACE;

bool Available() {
  return true;
}

template <class D, class V>
HWY_INLINE auto Normalized(D d, V x, const Normalization& n) {
  const auto q = hn::MulAdd(x, hn::Set(d, n.inverse255[0]), hn::Mul(x, hn::Set(d, n.inverse255[1])));
  const auto t = hn::Sub(q, hn::Set(d, n.mean));
  return hn::MulAdd(t, hn::Set(d, n.inverse_std[0]), hn::Mul(t, hn::Set(d, n.inverse_std[1])));
}

// Whether Normalized() gives the 256 answers of true division with this target's arithmetic.
void CheckNormalization(Normalization& n) {
  const hn::CappedTag<float, 16> d;
  const Index lanes = static_cast<Index>(hn::Lanes(d));
  n.exact = true;
  for (Index v = 0; v < 256; v += lanes) {
    float out[16];
    hn::StoreU(Normalized(d, hn::Iota(d, static_cast<float>(v)), n), d, out);
    n.exact &= std::memcmp(out, n.table + v, static_cast<std::size_t>(lanes) * sizeof(float)) == 0;
  }
}

// One output row of one channel from its rows in the ring.
void WidenRow(const Taps& taps, Index y, const std::uint8_t* ring, Index row_bytes, Index mask, const Normalization& n,
              Index crop, float* out) {
  const hn::CappedTag<std::int32_t, 16> d;
  const hn::Rebind<float, decltype(d)> floats;
  const Index lanes = static_cast<Index>(hn::Lanes(d));
  for (Index x = 0; x < crop; x += lanes) {
    const auto sum = strips::sum_rows<std::uint8_t>(taps, y, x, [&](Index k) { return ring + (k & mask) * row_bytes; });
    const auto value = hn::Min(hn::Max(hn::ShiftRight<Taps::fixed_bits>(sum), hn::Zero(d)), hn::Set(d, 255));
    const Index some = std::min(lanes, crop - x);
    if (n.exact && some == lanes) {
      hn::StoreU(Normalized(floats, hn::ConvertTo(floats, value), n), floats, out + x);
    } else {
      std::int32_t places[16];
      hn::StoreU(value, d, places);
      for (Index k = 0; k < some; ++k) out[x + k] = n.table[places[k]];
    }
  }
}

// Sixteen rows from `row` on, in t.rows' places, and the output rows that end in them.
void PrepareBlock(const PrepareTables& t, RowState& state, const BlockRows& from, Index row) {
  const Index c = t.channels, crop = t.crop;
  const Index begin = t.columns.first.front(), end = t.columns.first.back() + t.columns.count.back();
  const Index channel_bytes = padded(crop), row_bytes = c * channel_bytes, mask = ring_mask(t.rows);
  std::uint8_t* strip = state.strip.get(((end - begin) * c + 16) * strip_rows);
  std::uint8_t* narrow = state.narrow.get(c * crop * strip_rows);
  std::uint8_t* ring = state.ring.get((mask + 1) * row_bytes);
  const std::uint8_t* rows[strip_rows];
  std::copy_n(from.row, strip_rows, rows);
  strips::rows_to_strip<std::uint8_t>(rows, begin * c, end * c, strip);
  strips::narrow_strip<std::uint8_t>(t.columns, 0, crop, begin, c, strip, narrow, 1, crop);
  for (Index k = 0; k < c; ++k)
    strips::strip_to_rows<std::uint8_t>(narrow + k * crop * strip_rows, crop, strip_rows, [&](Index r) {
      return ring + ((row + r) & mask) * row_bytes + k * channel_bytes;
    });
  for (Index& y = state.next; y < crop; ++y) {
    const auto place = static_cast<std::size_t>(y);
    if (t.rows.first[place] + t.rows.count[place] > row + strip_rows) return;
    for (Index k = 0; k < c; ++k)
      WidenRow(t.rows, y, ring + k * channel_bytes, row_bytes, mask, t.normalization[static_cast<std::size_t>(k)], crop,
               state.out + (k * crop + y) * crop);
  }
}

#endif

}  // namespace fovea::ops::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fovea::ops::cpu {
namespace {

HWY_EXPORT(Available);
HWY_EXPORT(CheckNormalization);
HWY_EXPORT(PrepareBlock);

class StripPlan final : public RowPlan {
 public:
  explicit StripPlan(const Call& call) {
    const PrepareImage& p = call.as<PrepareImage>();
    const Shape& in = call.inputs[0].shape;
    const PrepareGeometry at(p, in[0], in[1]);
    tables_ = {make_taps(in[1], at.width, at.left, p.crop, p.filter),
               make_taps(in[0], at.height, at.top, p.crop, p.filter), in[2], p.crop, normalizations(p.mean, p.std)};
    for (Normalization& n : tables_.normalization) HWY_DYNAMIC_DISPATCH(CheckNormalization)(n);
    window = support(tables_.rows, tables_.columns);
    channels = in[2];
    width = in[1];
    block_rows = strip_rows;
    reach = window.right * channels;
  }

  void block(RowState& state, const BlockRows& rows, Index first) const override {
    HWY_DYNAMIC_DISPATCH(PrepareBlock)(tables_, state, rows, first);
  }

 private:
  PrepareTables tables_;
};

bool supports(const Call& call) {
  const Index channels = call.inputs[0].shape[2];
  return HWY_DYNAMIC_DISPATCH(Available)() && (channels == 1 || channels == 3 || channels == 4);
}

std::unique_ptr<Kernel> prepare(const Call& call) {
  return std::make_unique<RowFedKernel>(std::make_unique<StripPlan>(call));
}

}  // namespace

void register_prepare_image_simd(Registry& r) {
  r.add_row({"prepare_image", Device::Kind::cpu, "simd", supports, prepare});
}

}  // namespace fovea::ops::cpu
#endif
