#include <cstring>

#include "codec/jpeg/row_kernels.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "codec/jpeg/row_kernels_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fovea::codec::jpeg::HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128 || HWY_HAVE_SCALABLE

const RowKernels* Kernels() {
  return &plain_row_kernels;
}

#else

namespace hn = hwy::HWY_NAMESPACE;

using Bytes = hn::CappedTag<std::uint8_t, 64>;
using Words = hn::Repartition<std::uint16_t, Bytes>;
using Signed = hn::Repartition<std::int16_t, Bytes>;
using Sums = hn::Repartition<std::int32_t, Bytes>;
using Byte = hn::Vec<Bytes>;
using Word = hn::Vec<Words>;
using Int = hn::Vec<Signed>;

inline constexpr int bytes = static_cast<int>(hn::MaxLanes(Bytes()));
inline constexpr int words = bytes / 2;

HWY_INLINE Word Load(const std::uint8_t* HWY_RESTRICT in) {
  return hn::PromoteTo(Words(), hn::LoadU(hn::Rebind<std::uint8_t, Words>(), in));
}
HWY_INLINE Word Three(Word x) {
  return hn::Add(x, hn::Add(x, x));
}

// Pairs of results from three sums in a row; halves go down and up in turn.
template <int shift>
HWY_INLINE Byte Widened(Word before, Word here, Word after) {
  constexpr std::uint16_t half = 1 << (shift - 1);
  const Word three = hn::Add(Three(here), hn::Set(Words(), std::uint16_t{half - 1}));
  const Word one = hn::Set(Words(), 1);
  const Word left = shift == 2 ? hn::Add(three, before) : hn::Add(hn::Add(three, one), before);
  const Word right = shift == 2 ? hn::Add(hn::Add(three, one), after) : hn::Add(three, after);
  return hn::BitCast(Bytes(), hn::Or(hn::ShiftRight<shift>(left), hn::ShiftLeft<8>(hn::ShiftRight<shift>(right))));
}

void Widen(const std::uint8_t* HWY_RESTRICT in, int count, std::uint8_t* HWY_RESTRICT out) {
  for (int i = 0; i < count; i += words)
    hn::StoreU(Widened<2>(Load(in + i - 1), Load(in + i), Load(in + i + 1)), Bytes(), out + 2 * i);
}

void WidenBetween(const std::uint8_t* HWY_RESTRICT near, const std::uint8_t* HWY_RESTRICT far, int count,
                  std::uint16_t* HWY_RESTRICT sums, std::uint8_t* HWY_RESTRICT out) {
  const Words d;
  for (int i = 0; i < count + 2; i += words)
    hn::StoreU(hn::Add(Three(Load(near + i - 1)), Load(far + i - 1)), d, sums + i);
  for (int i = 0; i < count; i += words)
    hn::StoreU(Widened<4>(hn::LoadU(d, sums + i), hn::LoadU(d, sums + i + 1), hn::LoadU(d, sums + i + 2)), Bytes(),
               out + 2 * i);
}

void Between(const std::uint8_t* HWY_RESTRICT near, const std::uint8_t* HWY_RESTRICT far, int round, int count,
             std::uint8_t* HWY_RESTRICT out) {
  const hn::Rebind<std::uint8_t, Signed> half;
  const Word add = hn::Set(Words(), static_cast<std::uint16_t>(round));
  for (int i = 0; i < count; i += words) {
    const Word mean = hn::ShiftRight<2>(hn::Add(hn::Add(Three(Load(near + i)), Load(far + i)), add));
    hn::StoreU(hn::DemoteTo(half, hn::BitCast(Signed(), mean)), half, out + i);
  }
}

// Even and odd elements, cut to 0..255, in turn.
HWY_INLINE Byte Cut(Int even, Int odd) {
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX2
  alignas(16) static constexpr std::uint8_t turns[16] = {0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15};
#if HWY_TARGET == HWY_AVX3
  const Byte packed{_mm512_packus_epi16(even.raw, odd.raw)};
#else
  const Byte packed{_mm256_packus_epi16(even.raw, odd.raw)};
#endif
  return hn::TableLookupBytes(packed, hn::LoadDup128(Bytes(), turns));
#else
  const Int zero = hn::Zero(Signed()), most = hn::Set(Signed(), 255);
  const Int low = hn::Min(hn::Max(even, zero), most), high = hn::Min(hn::Max(odd, zero), most);
  return hn::BitCast(Bytes(), hn::Or(low, hn::ShiftLeft<8>(high)));
#endif
}

struct Pixels {
  Int r, g, b;
};

HWY_INLINE Pixels Convert(Int y, Int cb, Int cr) {
  const Signed d;
  const Sums sums;
  // x times 0.402 and -0.228 (1.772 - 2), rounded: as exact here as with 16 bits, for x has 8.
  const Int r = hn::Add(cr, hn::MulFixedPoint15(cr, hn::Set(d, 13173)));
  const Int b = hn::Add(hn::Add(cb, cb), hn::MulFixedPoint15(cb, hn::Set(d, -7471)));
  // -0.34414 cb + (1 - 0.71414) cr - cr
  const auto factors = hn::BitCast(d, hn::Set(sums, (-22554 & 0xffff) | (18734 << 16)));
  const auto half = hn::Set(sums, 1 << 15);
  const auto products = [&](Int pairs) HWY_ATTR {
    auto rest = hn::Zero(sums);
    const auto sum = hn::ReorderWidenMulAccumulate(sums, pairs, factors, half, rest);
    return hn::ShiftRight<16>(hn::RearrangeToOddPlusEven(sum, rest));
  };
  const Int g = hn::Sub(
      hn::ReorderDemote2To(d, products(hn::InterleaveLower(d, cb, cr)), products(hn::InterleaveUpper(d, cb, cr))), cr);
  return {hn::Add(y, r), hn::Add(y, g), hn::Add(y, b)};
}

HWY_INLINE Int Even(Byte x) {
  return hn::BitCast(Signed(), hn::And(hn::BitCast(Words(), x), hn::Set(Words(), 255)));
}
HWY_INLINE Int Odd(Byte x) {
  return hn::BitCast(Signed(), hn::ShiftRight<8>(hn::BitCast(Words(), x)));
}

struct PixelBytes {
  Byte r, g, b;
};

HWY_INLINE PixelBytes Convert(const std::uint8_t* const in[3], int at) {
  const Int middle = hn::Set(Signed(), 128);
  const Byte y = hn::LoadU(Bytes(), in[0] + at), cb = hn::LoadU(Bytes(), in[1] + at),
             cr = hn::LoadU(Bytes(), in[2] + at);
  const Pixels even = Convert(Even(y), hn::Sub(Even(cb), middle), hn::Sub(Even(cr), middle));
  const Pixels odd = Convert(Odd(y), hn::Sub(Odd(cb), middle), hn::Sub(Odd(cr), middle));
  return {Cut(even.r, odd.r), Cut(even.g, odd.g), Cut(even.b, odd.b)};
}

// `store(at, to)` makes `bytes` pixels from `at` on, `to` pixels behind the start of its target; the last ones overlap.
template <class Store, class Rest>
HWY_INLINE void Whole(int count, const Store& store, const Rest& rest) {
  if (count < bytes) return rest();
  for (int i = 0; i + bytes <= count; i += bytes) store(i);
  if (count % bytes != 0) store(count - bytes);
}

void YccToRgb(const std::uint8_t* const in[3], int count, std::uint8_t* out, bool) {
  const auto store = [&](int at, std::uint8_t* to) HWY_ATTR {
    const PixelBytes pixels = Convert(in, at);
    hn::StoreInterleaved3(pixels.r, pixels.g, pixels.b, Bytes(), to);
  };
  Whole(
      count, [&](int at) HWY_ATTR { store(at, out + 3 * at); },
      [&]() HWY_ATTR {
        std::uint8_t few[3 * bytes];
        store(0, few);
        std::memcpy(out, few, static_cast<std::size_t>(3 * count));
      });
}

void Interleave(const std::uint8_t* const in[3], int count, std::uint8_t* out, bool) {
  const Bytes d;
  const auto store = [&](int at, std::uint8_t* to) HWY_ATTR {
    hn::StoreInterleaved3(hn::LoadU(d, in[0] + at), hn::LoadU(d, in[1] + at), hn::LoadU(d, in[2] + at), d, to);
  };
  Whole(
      count, [&](int at) HWY_ATTR { store(at, out + 3 * at); },
      [&]() HWY_ATTR {
        std::uint8_t few[3 * bytes];
        store(0, few);
        std::memcpy(out, few, static_cast<std::size_t>(3 * count));
      });
}

const RowKernels* Kernels() {
  static constexpr RowKernels kernels = {Widen, WidenBetween, Between, YccToRgb, Interleave};
  return &kernels;
}

#endif

}  // namespace fovea::codec::jpeg::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fovea::codec::jpeg {
namespace {
HWY_EXPORT(Kernels);
}

const RowKernels& simd_row_kernels() {
  return *HWY_DYNAMIC_DISPATCH(Kernels)();
}

}  // namespace fovea::codec::jpeg
#endif
