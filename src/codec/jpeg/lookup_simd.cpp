#include "codec/jpeg/huffman_table.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "codec/jpeg/lookup_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fovea::codec::jpeg::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<std::uint32_t>;
using V = hn::Vec<D>;
constexpr D d;
constexpr std::uint32_t most_ac_size = 6;  // of values of 7 bits
constexpr std::uint32_t no_length = 63;    // of what does not fit

HWY_INLINE V All(std::uint32_t x) {
  return hn::Set(d, x);
}

// A symbol and the magnitude behind its code word, of the value `at` of lookup_bits bits.
struct Symbols {
  V length, symbol, size, total, value;

  HWY_INLINE Symbols(V word, V at) {
    length = hn::And(word, All(255));
    symbol = hn::ShiftRight<8>(word);
    size = hn::And(symbol, All(15));
    total = hn::Add(length, size);
    const V shown = hn::Min(size, All(lookup_bits));
    const V behind = hn::And(at << length, All((1 << lookup_bits) - 1));
    const V magnitude = behind >> hn::Sub(All(lookup_bits), shown);
    const V beyond = All(1) << shown;
    const V offset = hn::Sub(beyond, All(1));
    value = hn::Sub(magnitude, hn::IfThenElseZero(hn::Lt(hn::Add(magnitude, magnitude), beyond), offset));
  }

  HWY_INLINE hn::Mask<D> Fit() const {
    return hn::And(hn::Ne(length, hn::Zero(d)), hn::Lt(total, All(lookup_bits + 1)));
  }
};

// Length, advance and value of an AC symbol, in the places of an only one; no_length where it does not fit.
HWY_INLINE V OnlyAc(const Symbols& s) {
  const V coefficient = hn::Add(hn::ShiftRight<4>(s.symbol), All(1));
  const V other = hn::IfThenElse(hn::Eq(s.symbol, All(0xf0)), All(16), All(end_advance));
  const V advance = hn::IfThenElse(hn::Eq(s.size, hn::Zero(d)), other, coefficient);
  const V entry = hn::Or(hn::Or(s.total, hn::ShiftLeft<6>(advance)), hn::ShiftLeft<13>(hn::And(s.value, All(127))));
  return hn::IfThenElse(hn::And(s.Fit(), hn::Lt(s.size, All(most_ac_size + 1))), entry, All(no_length));
}

HWY_INLINE V Wide(const Symbols& s, V advance) {
  return hn::Or(hn::Or(s.length, All(wide_advance << 6)),
                hn::Or(hn::ShiftLeft<13>(s.size), hn::ShiftLeft<20>(advance)));
}

// The AC symbol behind the first `length` bits of `at`, or 0 when these leave too few for it.
HWY_INLINE V Second(const Lookup& only, V at, V length) {
  const V index = hn::And(at << length, All((1 << lookup_bits) - 1));
  const V second = hn::GatherIndex(d, only.data(), hn::BitCast(hn::RebindToSigned<D>(), index));
  const V both = hn::Add(length, hn::And(second, All(no_length)));
  return hn::IfThenElseZero(hn::Lt(both, All(lookup_bits + 1)), second);
}

HWY_INLINE V AcEntry(const Lookup& only, V at, V first, const Symbols& s) {
  const V length = hn::And(first, All(no_length)), advance = hn::And(hn::ShiftRight<6>(first), All(127));
  const V value = hn::And(hn::ShiftRight<13>(first), All(127));
  const auto ends = hn::Eq(advance, All(end_advance));
  const V second = hn::IfThenZeroElse(ends, Second(only, at, length));
  const V alone = hn::IfThenElse(hn::Eq(second, hn::Zero(d)), hn::ShiftLeft<13>(value), second);
  const V sum = hn::Add(hn::And(first, All((1 << 13) - 1)), alone);
  const V entry =
      hn::Or(sum, hn::Or(hn::ShiftLeft<20>(hn::IfThenElse(ends, All(1), advance)), hn::ShiftLeft<25>(value)));
  const V wide = Wide(s, hn::Add(hn::ShiftRight<4>(s.symbol), All(1)));
  return hn::IfThenElse(hn::Eq(first, All(no_length)), wide, entry);
}

HWY_INLINE V DcEntry(const Lookup& only, V at, const Symbols& s) {
  const V second = Second(only, at, hn::Min(s.total, All(lookup_bits)));
  const V entry = hn::Or(hn::Add(hn::Or(s.total, All(1 << 6)), second), hn::ShiftLeft<20>(s.value));
  return hn::IfThenElse(s.Fit(), entry, Wide(s, All(1)));
}

void SetLookups(const Words& dc, const Words& ac, Lookup& first, Lookup& rest) {
  alignas(64) Lookup only;
  for (std::uint32_t i = 0; i < only.size(); i += static_cast<std::uint32_t>(hn::Lanes(d)))
    hn::Store(OnlyAc(Symbols(hn::Load(d, ac.data() + i), hn::Iota(d, i))), d, only.data() + i);
  for (std::uint32_t i = 0; i < only.size(); i += static_cast<std::uint32_t>(hn::Lanes(d))) {
    const V at = hn::Iota(d, i);
    const V entry = AcEntry(only, at, hn::Load(d, only.data() + i), Symbols(hn::Load(d, ac.data() + i), at));
    hn::Store(entry, d, rest.data() + i);
    hn::Store(DcEntry(only, at, Symbols(hn::Load(d, dc.data() + i), at)), d, first.data() + i);
  }
}

}  // namespace fovea::codec::jpeg::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fovea::codec::jpeg {

HWY_EXPORT(SetLookups);

void set_lookups(const Words& dc, const Words& ac, Lookup& first, Lookup& rest) {
  HWY_DYNAMIC_DISPATCH(SetLookups)(dc, ac, first, rest);
}

}  // namespace fovea::codec::jpeg
#endif
