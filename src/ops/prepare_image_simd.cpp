#include <algorithm>
#include <bit>
#include <cstring>

#include "ops/prepare_image.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/prepare_image_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

// The fused form of prepare_image: one pass over the picture, sixteen rows at a time. Integer arithmetic is the
// portable body's, so the bytes are too. A strip of rows is transposed, so that the lanes of a vector are rows and
// every column's taps are vertical sums; narrowed rows are transposed back, channels apart, into a ring from which
// output rows are made.

#ifndef FOVEA_PREPARE_IMAGE_TABLES
#define FOVEA_PREPARE_IMAGE_TABLES
namespace fovea::ops::cpu {

inline constexpr Index strip_rows = 16;

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

bool Available() {
  return true;
}

using Bytes = hn::FixedTag<std::uint8_t, 16>;

// One step of the 16x16 byte transpose: interleaves rows i and i + 8.
HWY_INLINE void Interleave(hn::Vec<Bytes> (&v)[16]) {
  const Bytes d;
  hn::Vec<Bytes> w[16];
  for (int i = 0; i < 8; ++i) {
    w[2 * i] = hn::InterleaveLower(d, v[i], v[i + 8]);
    w[2 * i + 1] = hn::InterleaveUpper(d, v[i], v[i + 8]);
  }
  for (int i = 0; i < 16; ++i) v[i] = w[i];
}

HWY_INLINE void Transpose(hn::Vec<Bytes> (&v)[16]) {
  Interleave(v);
  Interleave(v);
  Interleave(v);
  Interleave(v);
}

// Byte columns [begin, end) of sixteen rows, each column's bytes together.
void TransposeStrip(const std::uint8_t* const (&rows)[16], Index begin, Index end, std::uint8_t* strip) {
  const Bytes d;
  hn::Vec<Bytes> v[16];
  for (Index x = begin; x < end; x += 16) {
    const Index at = std::max(begin, std::min(x, end - 16));  // the last block overlaps rather than read past the row
    if (end - at >= 16) {
      for (int r = 0; r < 16; ++r) v[r] = hn::LoadU(d, rows[r] + at);
    } else {
      std::uint8_t few[16] = {};
      for (int r = 0; r < 16; ++r) {
        std::memcpy(few, rows[r] + at, static_cast<std::size_t>(end - at));
        v[r] = hn::LoadU(d, few);
      }
    }
    Transpose(v);
    for (int k = 0; k < 16; ++k) hn::StoreU(v[k], d, strip + (at - begin + k) * strip_rows);
  }
}

// Each output column of `Channels` channels: sixteen rows' weighted sums.
template <int Channels>
void Narrow(const Taps& taps, Index first_column, Index crop, const std::uint8_t* strip, std::uint8_t* narrow) {
  const hn::CappedTag<std::int32_t, 16> d;
  const hn::Rebind<std::uint8_t, decltype(d)> bytes;
  const Index lanes = static_cast<Index>(hn::Lanes(d));
  for (Index o = 0; o < crop; ++o) {
    const std::int32_t* weight = &taps.fixed[static_cast<std::size_t>(o * taps.most)];
    const Index count = taps.count[static_cast<std::size_t>(o)];
    const std::uint8_t* source =
        strip + (taps.first[static_cast<std::size_t>(o)] - first_column) * Channels * strip_rows;
    for (Index r = 0; r < strip_rows; r += lanes) {
      const auto half = hn::Set(d, 1 << (Taps::fixed_bits - 1));
      auto s0 = half, s1 = half, s2 = half, s3 = half;
      for (Index k = 0; k < count; ++k) {
        const auto w = hn::Set(d, weight[k]);
        const std::uint8_t* x = source + k * Channels * strip_rows + r;
        const auto term = [&](int c) { return hn::Mul(hn::PromoteTo(d, hn::LoadU(bytes, x + c * strip_rows)), w); };
        s0 = hn::Add(s0, term(0));
        if constexpr (Channels > 1) s1 = hn::Add(s1, term(1));
        if constexpr (Channels > 2) s2 = hn::Add(s2, term(2));
        if constexpr (Channels > 3) s3 = hn::Add(s3, term(3));
      }
      const auto put = [&](int c, auto sum) {
        hn::StoreU(hn::DemoteTo(bytes, hn::ShiftRight<Taps::fixed_bits>(sum)), bytes,
                   narrow + (c * crop + o) * strip_rows + r);
      };
      put(0, s0);
      if constexpr (Channels > 1) put(1, s1);
      if constexpr (Channels > 2) put(2, s2);
      if constexpr (Channels > 3) put(3, s3);
    }
  }
}

// Narrowed columns of one channel back to rows; row r goes to ring row (first_row + r) & mask.
void StoreRows(const std::uint8_t* narrow, Index crop, std::uint8_t* ring, Index row_bytes, Index mask, Index first_row,
               Index rows) {
  const Bytes d;
  hn::Vec<Bytes> v[16];
  for (Index o = 0; o < crop; o += 16) {
    for (int k = 0; k < 16; ++k) v[k] = hn::LoadU(d, narrow + std::min(o + k, crop - 1) * strip_rows);
    Transpose(v);
    for (Index r = 0; r < rows; ++r) hn::StoreU(v[r], d, ring + ((first_row + r) & mask) * row_bytes + o);
  }
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
  const hn::Rebind<std::uint8_t, decltype(d)> bytes;
  const hn::Rebind<float, decltype(d)> floats;
  const Index lanes = static_cast<Index>(hn::Lanes(d)), first = taps.first[static_cast<std::size_t>(y)];
  const Index count = taps.count[static_cast<std::size_t>(y)];
  const std::int32_t* weight = &taps.fixed[static_cast<std::size_t>(y * taps.most)];
  for (Index x = 0; x < crop; x += lanes) {
    auto sum = hn::Set(d, 1 << (Taps::fixed_bits - 1));
    for (Index k = 0; k < count; ++k)
      sum = hn::Add(sum, hn::Mul(hn::PromoteTo(d, hn::LoadU(bytes, ring + ((first + k) & mask) * row_bytes + x)),
                                 hn::Set(d, weight[k])));
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
  const Index mask = static_cast<Index>(std::bit_ceil(static_cast<std::uint64_t>(t.rows.most + 2 * strip_rows))) - 1;
  scratch.strip.resize(static_cast<std::size_t>(((end - begin) * c + 16) * strip_rows));
  scratch.narrow.resize(static_cast<std::size_t>(c * crop * strip_rows));
  scratch.ring.resize(static_cast<std::size_t>((mask + 1) * row_bytes));

  Index y = 0;
  for (Index row = first; row < last; row += strip_rows) {
    const std::uint8_t* rows[16];
    for (Index r = 0; r < strip_rows; ++r) rows[r] = picture + std::min(row + r, height - 1) * row_stride;
    TransposeStrip(rows, begin * c, end * c, scratch.strip.data());
    switch (c) {
      case 1:
        Narrow<1>(t.columns, begin, crop, scratch.strip.data(), scratch.narrow.data());
        break;
      case 3:
        Narrow<3>(t.columns, begin, crop, scratch.strip.data(), scratch.narrow.data());
        break;
      default:
        Narrow<4>(t.columns, begin, crop, scratch.strip.data(), scratch.narrow.data());
        break;
    }
    const Index rows_here = std::min(strip_rows, last - row);
    for (Index k = 0; k < c; ++k)
      StoreRows(scratch.narrow.data() + k * crop * strip_rows, crop, scratch.ring.data() + k * channel_bytes, row_bytes,
                mask, row, rows_here);
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
