#include <algorithm>
#include <cstring>

#include "codec/jpeg/dct_constants.h"
#include "codec/jpeg/inverse_dct.h"

#define HWY_WANT_AVX3_DL  // it adds sums of products in one instruction
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "codec/jpeg/inverse_dct_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

// Every 128 bits of a vector are a row (or a column) of one block. Pairs of coefficients are multiplied and added in
// one instruction, as sums of two products of 16 bits.

HWY_BEFORE_NAMESPACE();
namespace fovea::codec::jpeg::HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128 || HWY_HAVE_SCALABLE

InverseDct Transform(int size) {
  return plain_inverse_dct(size);
}

#else

namespace hn = hwy::HWY_NAMESPACE;

using Words = hn::CappedTag<std::int16_t, 32>;
using Sums = hn::RepartitionToWide<Words>;
using Bytes = hn::Repartition<std::uint8_t, Words>;
using Word = hn::Vec<Words>;
using Sum = hn::Vec<Sums>;
using Byte = hn::Vec<Bytes>;

inline constexpr int lane_blocks = static_cast<int>(hn::MaxLanes(Words()) / 8);

// A constant for the even and one for the odd elements.
HWY_INLINE Word Pair(int even, int odd) {
  const auto both = static_cast<std::uint32_t>(even & 0xffff) | static_cast<std::uint32_t>(odd) << 16;
  return hn::BitCast(Words(), hn::Set(Sums(), static_cast<std::int32_t>(both)));
}

// to + a[2k] * b[2k] + a[2k + 1] * b[2k + 1]
HWY_INLINE Sum AddProducts(Sum to, Word a, Word b) {
#if HWY_TARGET == HWY_AVX3_DL
  asm("vpdpwssd %2, %1, %0" : "+v"(to.raw) : "v"(a.raw), "v"(b.raw));
  return to;
#else
  Sum rest = hn::Zero(Sums());
  const Sum sum = hn::ReorderWidenMulAccumulate(Sums(), a, b, to, rest);
  return hn::RearrangeToOddPlusEven(sum, rest);
#endif
}
HWY_INLINE Sum Products(Word a, Word b) {
#if HWY_TARGET == HWY_AVX3_DL
  return Sum{_mm512_madd_epi16(a.raw, b.raw)};
#else
  return AddProducts(hn::Zero(Sums()), a, b);
#endif
}

// to plus and minus a[2k] * even + a[2k + 1] * odd
HWY_INLINE void AddAndSubtract(Sum to, Word a, int even, int odd, Sum& plus, Sum& minus) {
#if HWY_TARGET == HWY_AVX3_DL
  plus = AddProducts(to, a, Pair(even, odd));
  minus = AddProducts(to, a, Pair(-even, -odd));
#else
  const Sum products = Products(a, Pair(even, odd));
  plus = hn::Add(to, products);
  minus = hn::Sub(to, products);
#endif
}

// Elements of the lower (or upper) half of each 128 bits, in turn.
template <bool upper>
HWY_INLINE Word Turns(Word a, Word b) {
  return upper ? hn::InterleaveUpper(Words(), a, b) : hn::InterleaveLower(Words(), a, b);
}

// a then b of each 128 bits, cut to 0..255 after 128 is added.
HWY_INLINE Byte ToSamples(Word a, Word b) {
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
  const Byte packed{_mm512_packs_epi16(a.raw, b.raw)};
#elif HWY_TARGET == HWY_AVX2
  const Byte packed{_mm256_packs_epi16(a.raw, b.raw)};
#else
  const hn::Half<hn::Repartition<std::int8_t, Words> > half;
  const Byte packed =
      hn::BitCast(Bytes(), hn::Combine(hn::Twice<decltype(half)>(), hn::DemoteTo(half, b), hn::DemoteTo(half, a)));
#endif
  return hn::Xor(packed, hn::Set(Bytes(), 0x80));
}

// A reduced transform needs as many bits more as it leaves out steps.
template <int size>
inline constexpr int spare_bits = size == 8   ? 0
                                  : size == 4 ? 1
                                              : 2;

// A result of `size` elements down the columns of x, with `shift` bits rounded away.
template <int size, int shift>
struct Pass;

// even + odd and even - odd, shifted: the first and the last of the elements not yet there.
template <int shift>
HWY_INLINE void Join(Sum even, Sum odd, Sum& first, Sum& last) {
  first = hn::ShiftRight<shift>(hn::Add(even, odd));
  last = hn::ShiftRight<shift>(hn::Sub(even, odd));
}

// Pairs with `one` times `unit` bring the rounding of `shift` bits into a sum of products.
template <int shift>
inline constexpr int rounding_unit = shift <= 14 ? 1 << (shift - 1) : 1 << dct_bits;
template <int shift>
inline constexpr int rounding_count = (1 << (shift - 1)) / rounding_unit<shift>;

template <int shift>
struct Pass<8, shift> {
  template <bool upper>
  static HWY_INLINE void Half(const Word* HWY_RESTRICT x, Sum* HWY_RESTRICT y) {
    const Words d;
    const Word round = hn::Set(d, static_cast<std::int16_t>(rounding_count<shift>));
    const Word first = Pair(1 << dct_bits, rounding_unit<shift>);
    const Word p26 = Turns<upper>(x[2], x[6]), p71 = Turns<upper>(x[7], x[1]), p53 = Turns<upper>(x[5], x[3]);
    const Word p34 = Turns<upper>(hn::Add(x[7], x[3]), hn::Add(x[5], x[1]));
    const Sum s = Products(Turns<upper>(hn::Add(x[0], x[4]), round), first);
    const Sum t = Products(Turns<upper>(hn::Sub(x[0], x[4]), round), first);
    Sum even0, even1, even2, even3;
    AddAndSubtract(s, p26, fix_0_541196100 + fix_0_765366865, fix_0_541196100, even0, even3);
    AddAndSubtract(t, p26, fix_0_541196100, fix_0_541196100 - fix_1_847759065, even1, even2);
    const Sum y3 = Products(p34, Pair(fix_1_175875602 - fix_1_961570560, fix_1_175875602));
    const Sum y4 = Products(p34, Pair(fix_1_175875602, fix_1_175875602 - fix_0_390180644));
    const Sum odd0 = AddProducts(y3, p71, Pair(fix_0_298631336 - fix_0_899976223, -fix_0_899976223));
    const Sum odd1 = AddProducts(y4, p53, Pair(fix_2_053119869 - fix_2_562915447, -fix_2_562915447));
    const Sum odd2 = AddProducts(y3, p53, Pair(-fix_2_562915447, fix_3_072711026 - fix_2_562915447));
    const Sum odd3 = AddProducts(y4, p71, Pair(-fix_0_899976223, fix_1_501321110 - fix_0_899976223));
    Join<shift>(even0, odd3, y[0], y[7]);
    Join<shift>(even1, odd2, y[1], y[6]);
    Join<shift>(even2, odd1, y[2], y[5]);
    Join<shift>(even3, odd0, y[3], y[4]);
  }
};

template <int shift>
struct Pass<4, shift> {
  template <bool upper>
  static HWY_INLINE void Half(const Word* HWY_RESTRICT x, Sum* HWY_RESTRICT y) {
    const Word round = hn::Set(Words(), static_cast<std::int16_t>(rounding_count<shift>));
    const Word p13 = Turns<upper>(x[1], x[3]), p57 = Turns<upper>(x[5], x[7]);
    const Sum s = Products(Turns<upper>(x[0], round), Pair(1 << (dct_bits + 1), rounding_unit<shift>));
    Sum even0, even1;
    AddAndSubtract(s, Turns<upper>(x[2], x[6]), fix_1_847759065, -fix_0_765366865, even0, even1);
    const Sum odd0 = AddProducts(Products(p13, Pair(8697, -17799)), p57, Pair(11893, -1730));
    const Sum odd2 = AddProducts(Products(p13, Pair(fix_2_562915447, fix_0_899976223)), p57, Pair(-4926, -4176));
    Join<shift>(even0, odd2, y[0], y[3]);
    Join<shift>(even1, odd0, y[1], y[2]);
  }
};

template <int shift>
struct Pass<2, shift> {
  template <bool upper>
  static HWY_INLINE void Half(const Word* HWY_RESTRICT x, Sum* HWY_RESTRICT y) {
    const Sum round = hn::Set(Sums(), 1 << (shift - 1));
    const Sum s = AddProducts(round, Turns<upper>(x[0], x[0]), Pair(1 << (dct_bits + 1), 1 << (dct_bits + 1)));
    const Sum odd = AddProducts(Products(Turns<upper>(x[1], x[3]), Pair(29692, -10426)), Turns<upper>(x[5], x[7]),
                                Pair(6967, -5906));
    Join<shift>(s, odd, y[0], y[1]);
  }
};

template <int size, int shift>
HWY_INLINE void Columns(const Word* HWY_RESTRICT x, Word* HWY_RESTRICT y) {
  Sum lower[size], upper[size];
  Pass<size, shift>::template Half<false>(x, lower);
  Pass<size, shift>::template Half<true>(x, upper);
  for (int i = 0; i < size; ++i) y[i] = hn::ReorderDemote2To(Words(), lower[i], upper[i]);
}

// Row i of 8 x 8 elements in x[i] to column i, in each 128 bits.
HWY_INLINE void Transpose(Word* HWY_RESTRICT x) {
  const Words d;
  const Sums pairs;
  const hn::RepartitionToWide<Sums> fours;
  Sum a[8];
  for (int i = 0; i < 8; i += 2) {
    a[i] = hn::BitCast(pairs, hn::InterleaveLower(d, x[i], x[i + 1]));
    a[i + 1] = hn::BitCast(pairs, hn::InterleaveUpper(d, x[i], x[i + 1]));
  }
  for (int i = 0; i < 2; ++i) {
    const auto l0 = hn::BitCast(fours, hn::InterleaveLower(pairs, a[i], a[i + 2]));
    const auto l1 = hn::BitCast(fours, hn::InterleaveUpper(pairs, a[i], a[i + 2]));
    const auto h0 = hn::BitCast(fours, hn::InterleaveLower(pairs, a[i + 4], a[i + 6]));
    const auto h1 = hn::BitCast(fours, hn::InterleaveUpper(pairs, a[i + 4], a[i + 6]));
    x[4 * i] = hn::BitCast(d, hn::InterleaveLower(fours, l0, h0));
    x[4 * i + 1] = hn::BitCast(d, hn::InterleaveUpper(fours, l0, h0));
    x[4 * i + 2] = hn::BitCast(d, hn::InterleaveLower(fours, l1, h1));
    x[4 * i + 3] = hn::BitCast(d, hn::InterleaveUpper(fours, l1, h1));
  }
}

// Elements of the lower (or upper) half of each 128 bits of a and b, `d` wide, in turn.
template <class D>
HWY_INLINE Byte Lower(D d, Byte a, Byte b) {
  return hn::BitCast(Bytes(), hn::InterleaveLower(d, hn::BitCast(d, a), hn::BitCast(d, b)));
}
template <class D>
HWY_INLINE Byte Upper(D d, Byte a, Byte b) {
  return hn::BitCast(Bytes(), hn::InterleaveUpper(d, hn::BitCast(d, a), hn::BitCast(d, b)));
}

// From columns to bytes of rows: rows[j] has rows 2j and 2j + 1, of eight samples each, in each 128 bits.
template <int size>
HWY_INLINE void ToRows(const Word* HWY_RESTRICT y, Byte* HWY_RESTRICT rows) {
  const Bytes d;
  const Words two;
  const Sums four;
  if constexpr (size == 8) {
    const Byte c04 = ToSamples(y[0], y[4]), c15 = ToSamples(y[1], y[5]);
    const Byte c26 = ToSamples(y[2], y[6]), c37 = ToSamples(y[3], y[7]);
    const Byte c01 = Lower(d, c04, c15), c45 = Upper(d, c04, c15);
    const Byte c23 = Lower(d, c26, c37), c67 = Upper(d, c26, c37);
    const Byte top = Lower(two, c01, c23), top_right = Lower(two, c45, c67);
    const Byte bottom = Upper(two, c01, c23), bottom_right = Upper(two, c45, c67);
    rows[0] = Lower(four, top, top_right);
    rows[1] = Upper(four, top, top_right);
    rows[2] = Lower(four, bottom, bottom_right);
    rows[3] = Upper(four, bottom, bottom_right);
  } else if constexpr (size == 4) {
    const Byte c02 = ToSamples(y[0], y[2]), c13 = ToSamples(y[1], y[3]);
    const Byte c01 = Lower(d, c02, c13), c23 = Upper(d, c02, c13);
    const Byte first = Lower(two, c01, c23), second = Upper(two, c01, c23);
    rows[0] = Lower(four, first, second);
    rows[1] = Upper(four, first, second);
  } else {
    HWY_ALIGN static constexpr std::uint8_t order[16] = {0, 8, 2, 10, 4, 12, 6, 14, 1, 9, 3, 11, 5, 13, 7, 15};
    rows[0] = hn::TableLookupBytes(ToSamples(y[0], y[1]), hn::LoadDup128(d, order));
  }
}

// Two rows of all lanes, `apart` bytes from one another.
template <class V>
HWY_INLINE void StoreHalves(V both, std::uint8_t* HWY_RESTRICT out, std::ptrdiff_t apart) {
  const hn::Half<Bytes> half;
  const Byte rows = hn::BitCast(Bytes(), both);
  hn::StoreU(hn::LowerHalf(half, rows), half, out);
  hn::StoreU(hn::UpperHalf(half, rows), half, out + apart);
}

template <int size>
HWY_INLINE void StoreRows(const Byte* HWY_RESTRICT rows, std::uint8_t* HWY_RESTRICT out, std::ptrdiff_t stride) {
  const hn::Repartition<std::uint64_t, Bytes> eight;
  if constexpr (size == 2) {
    const auto both = hn::BitCast(eight, rows[0]);
    const hn::Half<Bytes> half;
    hn::StoreU(hn::LowerHalf(half, hn::BitCast(Bytes(), hn::ConcatEven(eight, both, both))), half, out);
    hn::StoreU(hn::LowerHalf(half, hn::BitCast(Bytes(), hn::ConcatOdd(eight, both, both))), half, out + stride);
  } else {
    for (int j = 0; j < size / 2; j += 2, out += 4 * stride) {
      const auto first = hn::BitCast(eight, rows[j]), second = hn::BitCast(eight, rows[j + 1]);
      StoreHalves(hn::ConcatEven(eight, second, first), out, 2 * stride);
      StoreHalves(hn::ConcatOdd(eight, second, first), out + stride, 2 * stride);
    }
  }
}

// Row `row` of lane_blocks blocks, every step-th from `first` on; block `last` stands for those beyond.
template <int step>
HWY_INLINE Word LoadRow(const std::int16_t* HWY_RESTRICT blocks, int first, int last, int row) {
  const auto at = [&](int lane) { return blocks + 64 * std::min(first + lane * step, last) + 8 * row; };
  const hn::FixedTag<std::int16_t, 8> one;
#if HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
  const hn::FixedTag<std::int16_t, 16> two;
  const auto lower = hn::Combine(two, hn::LoadU(one, at(1)), hn::LoadU(one, at(0)));
  const auto upper = hn::Combine(two, hn::LoadU(one, at(3)), hn::LoadU(one, at(2)));
  return hn::Combine(Words(), upper, lower);
#elif HWY_TARGET == HWY_AVX2
  return hn::Combine(Words(), hn::LoadU(one, at(1)), hn::LoadU(one, at(0)));
#else
  return hn::LoadU(one, at(0));
#endif
}

HWY_INLINE bool AnyOf(hn::Mask<Words> mask) {
  return !hn::AllFalse(Words(), mask);
}

// The rows of lane_blocks blocks after the columns' transform. False: sums were cut off, which no picture causes.
template <int size>
HWY_INLINE bool Down(const std::int16_t* HWY_RESTRICT blocks, int first, int last,
                     const std::int16_t* HWY_RESTRICT quantization, Word* HWY_RESTRICT y) {
  constexpr int shift = dct_bits - between_passes_bits + spare_bits<size>;
  const Words d;
  Word x[8];
  for (int i = 0; i < 8; ++i)
    if (size == 8 || (size == 4 && i != 4) || (size == 2 && (i == 0 || i % 2 == 1)))
      x[i] = hn::Mul(LoadRow<8 / size>(blocks, first, last, i), hn::LoadDup128(d, quantization + 8 * i));
  Columns<size, shift>(x, y);
  if (size > 2) return !AnyOf(hn::Ne(hn::ShiftRight<15 - between_passes_bits>(x[0]), hn::ShiftRight<15>(x[0])));
  const Word most = hn::Set(d, 32767), least = hn::Set(d, -32768);
  return !AnyOf(hn::Eq(hn::Max(y[0], y[1]), most)) && !AnyOf(hn::Eq(hn::Min(y[0], y[1]), least));
}

// Samples of lane_blocks * 8 / size blocks. False, and nothing stored: as Down.
template <int size>
HWY_INLINE bool Group(const std::int16_t* HWY_RESTRICT blocks, int first, int last,
                      const std::int16_t* HWY_RESTRICT quantization, std::uint8_t* HWY_RESTRICT out,
                      std::ptrdiff_t stride) {
  Word x[8], y[size];
  Byte rows[(size + 1) / 2];
  for (int k = 0; k < 8 / size; ++k)
    if (!Down<size>(blocks, first + k, last, quantization, x + k * size)) return false;
  Transpose(x);
  Columns<size, dct_bits + between_passes_bits + 3 + spare_bits<size> >(x, y);
  ToRows<size>(y, rows);
  StoreRows<size>(rows, out, stride);
  return true;
}

template <int size>
void Blocks(const std::int16_t* blocks, int count, const std::uint16_t* quantization, std::uint8_t* out,
            std::ptrdiff_t stride) {
  constexpr int step = lane_blocks * 8 / size;
  HWY_ALIGN std::int16_t factors[64];
  std::memcpy(factors, quantization, sizeof factors);
  for (int i = 0; i < count; i += step)
    if (!Group<size>(blocks, i, count - 1, factors, out + i * size, stride))
      plain_inverse_dct(size)(blocks + 64 * i, std::min(step, count - i), quantization, out + i * size, stride);
}

// As sample_of_ten_bits().
void Means(const std::int16_t* dcs, int count, const std::uint16_t* quantization, std::uint8_t* out, std::ptrdiff_t) {
  const Sums d;
  const hn::Rebind<std::int16_t, Sums> words;
  const hn::Rebind<std::uint8_t, Sums> bytes;
  constexpr int lanes = 4 * lane_blocks;
  const auto factor = hn::Set(d, static_cast<std::int16_t>(quantization[0])), half = hn::Set(d, 4);
  const auto store = [&](auto values, std::uint8_t* to) HWY_ATTR {
    const auto mean = hn::ShiftRight<3>(hn::Add(hn::Mul(hn::PromoteTo(d, values), factor), half));
    const auto wrapped = hn::ShiftRight<22>(hn::ShiftLeft<22>(mean));
    hn::StoreU(hn::DemoteTo(bytes, hn::Add(wrapped, hn::Set(d, 128))), bytes, to);
  };
  int i = 0;
  for (; i + lanes <= count; i += lanes) store(hn::LoadU(words, dcs + i), out + i);
  if (i < count) plain_inverse_dct(1)(dcs + i, count - i, quantization, out + i, 0);
}

InverseDct Transform(int size) {
  switch (size) {
    case 1:
      return Means;
    case 2:
      return Blocks<2>;
    case 4:
      return Blocks<4>;
    case 8:
      return Blocks<8>;
    default:
      return plain_inverse_dct(size);
  }
}

#endif

}  // namespace fovea::codec::jpeg::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fovea::codec::jpeg {
namespace {
HWY_EXPORT(Transform);
}

InverseDct simd_inverse_dct(int size) {
  return HWY_DYNAMIC_DISPATCH(Transform)(size);
}

}  // namespace fovea::codec::jpeg
#endif
