#include <algorithm>
#include <cstring>

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

// (x / 255 - mean) / std without division: reciprocals as sums of two floats. For whoever's rounding differs, all 256
// answers.
struct Normalization {
  float mean, inverse255[2], inverse_std[2];
  bool exact = false;
  float table[256];
};

struct PrepareTables {
  Taps columns, rows;
  Index channels, crop;
  std::vector<Normalization> normalization;  // by channel
};

struct PrepareScratch {
  std::vector<std::uint8_t> strip;   // [source byte column][strip_rows]
  std::vector<std::uint8_t> narrow;  // [channel][output column][strip_rows]
  std::vector<std::uint8_t> ring;    // [row & mask][channel][output column, padded]
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
void Prepare(const PrepareTables&, PrepareScratch&, const std::uint8_t*, Index, Index, float*) {}

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

void Prepare(const PrepareTables& t, PrepareScratch& scratch, const std::uint8_t* picture, Index height, Index width,
             float* out) {
  const Index c = t.channels, crop = t.crop, row_stride = width * c;
  const Index begin = t.columns.first.front(), end = t.columns.first.back() + t.columns.count.back();
  const Index first = t.rows.first.front(), last = t.rows.first.back() + t.rows.count.back();
  const Index channel_bytes = padded(crop), row_bytes = c * channel_bytes;
  const Index mask = ring_mask(t.rows);
  scratch.strip.resize(static_cast<std::size_t>(((end - begin) * c + 16) * strip_rows));
  scratch.narrow.resize(static_cast<std::size_t>(c * crop * strip_rows));
  scratch.ring.resize(static_cast<std::size_t>((mask + 1) * row_bytes));

  Index y = 0;
  for (Index row = first; row < last; row += strip_rows) {
    const std::uint8_t* rows[strip_rows];
    for (Index r = 0; r < strip_rows; ++r) rows[r] = picture + std::min(row + r, height - 1) * row_stride;
    strips::rows_to_strip<std::uint8_t>(rows, begin * c, end * c, scratch.strip.data());
    strips::narrow_strip<std::uint8_t>(t.columns, 0, crop, begin, c, scratch.strip.data(), scratch.narrow.data(), 1,
                                       crop);
    const Index rows_here = std::min(strip_rows, last - row);
    for (Index k = 0; k < c; ++k)
      strips::strip_to_rows<std::uint8_t>(scratch.narrow.data() + k * crop * strip_rows, crop, rows_here, [&](Index r) {
        return scratch.ring.data() + ((row + r) & mask) * row_bytes + k * channel_bytes;
      });
    for (; y < crop &&
           t.rows.first[static_cast<std::size_t>(y)] + t.rows.count[static_cast<std::size_t>(y)] <= row + rows_here;
         ++y)
      for (Index k = 0; k < c; ++k)
        WidenRow(t.rows, y, scratch.ring.data() + k * channel_bytes, row_bytes, mask,
                 t.normalization[static_cast<std::size_t>(k)], crop, out + (k * crop + y) * crop);
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
HWY_EXPORT(Prepare);

void split(double value, float (&parts)[2]) {
  parts[0] = static_cast<float>(value);
  parts[1] = static_cast<float>(value - static_cast<double>(parts[0]));
}

class PrepareImageSimd final : public Kernel {
 public:
  explicit PrepareImageSimd(const Call& call) {
    const PrepareImage& p = call.as<PrepareImage>();
    height_ = call.inputs[0].shape[0];
    width_ = call.inputs[0].shape[1];
    const PrepareGeometry at(p, height_, width_);
    tables_ = {make_taps(width_, at.width, at.left, p.crop, p.filter),
               make_taps(height_, at.height, at.top, p.crop, p.filter),
               call.inputs[0].shape[2],
               p.crop,
               {}};
    for (std::size_t c = 0; c < p.mean.size(); ++c) {
      Normalization n;
      const float std = static_cast<float>(p.std[c]);
      n.mean = static_cast<float>(p.mean[c]);
      split(1.0 / 255, n.inverse255);
      split(1.0 / static_cast<double>(std), n.inverse_std);
      for (int v = 0; v < 256; ++v) n.table[v] = (static_cast<float>(v) / 255.0f - n.mean) / std;
      HWY_DYNAMIC_DISPATCH(CheckNormalization)(n);
      tables_.normalization.push_back(n);
    }
  }

  void run(Queue, std::span<const Array> in, const Array& out) override {
    thread_local PrepareScratch scratch;
    HWY_DYNAMIC_DISPATCH(Prepare)
    (tables_, scratch, reinterpret_cast<const std::uint8_t*>(in[0].data()), height_, width_,
     reinterpret_cast<float*>(out.data()));
  }

 private:
  PrepareTables tables_;
  Index height_, width_;
};

bool supports(const Call& call) {
  const Index channels = call.inputs[0].shape[2];
  return HWY_DYNAMIC_DISPATCH(Available)() && (channels == 1 || channels == 3 || channels == 4);
}

std::unique_ptr<Kernel> prepare(const Call& call) {
  return std::make_unique<PrepareImageSimd>(call);
}

}  // namespace

void register_prepare_image_simd(Registry& r) {
  r.add_row({"prepare_image", Device::Kind::cpu, "simd", supports, prepare});
}

}  // namespace fovea::ops::cpu
#endif
