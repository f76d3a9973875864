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
constexpr std::uint32_t most_first_size = 7, most_first_advance = 8;
constexpr std::uint32_t no_length = 63;  // of what is not looked up

HWY_INLINE V All(std::uint32_t x) {
  return hn::Set(d, x);
}

// A symbol and the magnitude behind its code word, of the value `at` of lookup_bits bits. The magnitude's value is that
// of the bits which are there, if it lies behind them in part.
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

  HWY_INLINE hn::Mask<D> Known(std::uint32_t most_size) const {
    return hn::And(hn::Ne(length, hn::Zero(d)), hn::Lt(size, All(most_size + 1)));
  }
  // With room behind it for another code.
  HWY_INLINE hn::Mask<D> Fit() const { return hn::Lt(total, All(lookup_bits)); }
};

HWY_INLINE V Last(V total, V advance, V size) {
  return hn::Or(total, hn::Or(hn::ShiftLeft<16>(hn::Sub(All(63), size)), hn::ShiftLeft<25>(advance)));
}

// Length, advance and size of an AC symbol; no_length where there is none, or the end of several blocks.
HWY_INLINE V OnlyAc(const Symbols& s) {
  const auto sized = hn::Ne(s.size, hn::Zero(d)), zeros = hn::Eq(s.symbol, All(0xf0));
  const V other = hn::IfThenElse(zeros, All(16), All(end_advance));
  const V advance = hn::IfThenElse(sized, hn::Add(hn::ShiftRight<4>(s.symbol), All(1)), other);
  const auto meant = hn::Or(hn::Or(sized, zeros), hn::Eq(s.symbol, hn::Zero(d)));
  return hn::IfThenElse(hn::And(s.Known(most_ac_size), meant), Last(s.total, advance, s.size), All(no_length));
}

// Symbols that are no coefficients: the end of several blocks, or any.
HWY_INLINE V Wide(const Symbols& s) {
  const V run = hn::ShiftRight<4>(s.symbol);
  const auto ends = hn::And(hn::Eq(s.size, hn::Zero(d)), hn::Lt(run, All(most_first_advance)));
  return hn::Or(All(wide_advance << 25), hn::IfThenElseZero(ends, hn::Or(s.length, hn::ShiftLeft<22>(run))));
}

// The AC symbol behind the first `length` bits of `at`, or 0 when these leave too few for its code.
HWY_INLINE V Second(const Lookup& only, V at, V length) {
  const V index = hn::And(at << length, All((1 << lookup_bits) - 1));
  const V second = hn::GatherIndex(d, only.data(), hn::BitCast(hn::RebindToSigned<D>(), index));
  const V size = hn::Sub(All(63), hn::And(hn::ShiftRight<16>(second), All(63)));
  const V code = hn::Sub(hn::Add(length, hn::And(second, All(63))), size);
  const auto fits = hn::And(hn::Ne(second, All(no_length)), hn::Lt(code, All(lookup_bits + 1)));
  return hn::IfThenElseZero(fits, second);
}

// `first`, one of `only`, and a second symbol where both fit.
HWY_INLINE V AcEntry(const Lookup& only, V at, V first, const Symbols& s) {
  const V more = hn::ShiftRight<4>(s.symbol);
  const auto small = hn::And(hn::Lt(s.size, All(most_first_size + 1)), hn::Ne(s.size, hn::Zero(d)));
  const auto leads = hn::And(hn::And(s.Fit(), small), hn::Lt(more, All(most_first_advance)));
  const V second = hn::IfThenElseZero(leads, Second(only, at, s.total));
  const V value = hn::ShiftLeft<8>(hn::And(s.value, All(255)));
  const V both = hn::Or(hn::Add(hn::Add(second, s.total), hn::ShiftLeft<25>(hn::Add(more, All(1)))),
                        hn::Or(value, hn::ShiftLeft<22>(more)));
  const V entry = hn::IfThenElse(hn::Eq(second, hn::Zero(d)), first, both);
  return hn::IfThenElse(hn::Eq(first, All(no_length)), Wide(s), entry);
}

HWY_INLINE V DcEntry(const Lookup& only, V at, const Symbols& s) {
  const V second = hn::IfThenElseZero(s.Fit(), Second(only, at, hn::Min(s.total, All(lookup_bits))));
  const V value = hn::ShiftLeft<6>(hn::And(s.value, All(1023)));
  const V both = hn::Or(hn::Add(hn::Add(second, s.total), All(1 << 25)), value);
  const V entry = hn::IfThenElse(hn::Eq(second, hn::Zero(d)), Last(s.total, All(1), s.size), both);
  return hn::IfThenElse(s.Known(most_dc_size), entry, All(wide_advance << 25));
}

HWY_INLINE V At(const Words<lookup_bits>& words, std::uint32_t i) {
  return hn::Load(d, words.data() + i);
}

void SetLookup(const Words<lookup_bits>& ac, Lookup& only, Lookup& rest) {
  const auto lanes = static_cast<std::uint32_t>(hn::Lanes(d));
  for (std::uint32_t i = 0; i < only.size(); i += lanes)
    hn::Store(OnlyAc(Symbols(At(ac, i), hn::Iota(d, i))), d, only.data() + i);
  for (std::uint32_t i = 0; i < only.size(); i += lanes) {
    const V at = hn::Iota(d, i);
    hn::Store(AcEntry(only, at, At(only, i), Symbols(At(ac, i), at)), d, rest.data() + i);
  }
}

void SetLookups(const Words<lookup_bits>& dc, const Words<lookup_bits>& ac, Lookup& first, Lookup& rest) {
  alignas(64) Lookup only;
  SetLookup(ac, only, rest);
  for (std::uint32_t i = 0; i < only.size(); i += static_cast<std::uint32_t>(hn::Lanes(d))) {
    const V at = hn::Iota(d, i);
    hn::Store(DcEntry(only, at, Symbols(At(dc, i), at)), d, first.data() + i);
  }
}

// A run of symbols, at first one: length of all, length to the end of the last code (0: no symbol), advance of all.
struct Run {
  V length, need, advance;

  static HWY_INLINE Run Load(const std::uint32_t* from) { return Unpack(hn::Load(d, from)); }
  static HWY_INLINE Run Unpack(V packed) {
    return {hn::And(packed, All(31)), hn::And(hn::ShiftRight<5>(packed), All(31)), hn::ShiftRight<10>(packed)};
  }
  HWY_INLINE V Packed() const { return hn::Or(length, hn::Or(hn::ShiftLeft<5>(need), hn::ShiftLeft<10>(advance))); }
};

HWY_INLINE Run OneOf(V word) {
  const V length = hn::And(word, All(255)), symbol = hn::ShiftRight<8>(word), size = hn::And(symbol, All(15));
  const V other = hn::IfThenElse(hn::Eq(symbol, All(0xf0)), All(16), All(end_of_skip));
  const V coefficient = hn::Add(hn::ShiftRight<4>(symbol), All(1));
  const V advance = hn::IfThenElse(hn::Eq(size, hn::Zero(d)), other, coefficient);
  const auto good = hn::And(hn::Ne(length, hn::Zero(d)), hn::Lt(size, All(most_ac_size + 1)));
  return {hn::IfThenElseZero(good, hn::Add(length, size)), hn::IfThenElseZero(good, length),
          hn::IfThenElseZero(good, advance)};
}

// `run`, which begins the value `at`, and behind it the one of `runs` that comes next, if its codes are all inside.
HWY_INLINE Run Followed(const Run& run, V at, const Words<skip_bits>& runs) {
  const V index = hn::And(at << hn::Min(run.length, All(skip_bits)), All((1 << skip_bits) - 1));
  const Run next = Run::Unpack(hn::GatherIndex(d, runs.data(), hn::BitCast(hn::RebindToSigned<D>(), index)));
  const auto inside = hn::And(hn::Lt(hn::Add(run.length, next.need), All(skip_bits + 1)),
                              hn::And(hn::Ne(run.need, hn::Zero(d)), hn::Ne(next.need, hn::Zero(d))));
  const auto both = hn::And(inside, hn::Lt(run.advance, All(end_of_skip)));
  return {hn::Add(run.length, hn::IfThenElseZero(both, next.length)),
          hn::IfThenElse(both, hn::Add(run.length, next.need), run.need),
          hn::Add(run.advance, hn::IfThenElseZero(both, next.advance))};
}

void SetSkipLookup(const Words<skip_bits>& ac, SkipLookup& skip) {
  alignas(64) Words<skip_bits> one, two;
  const auto lanes = static_cast<std::uint32_t>(hn::Lanes(d));
  for (std::uint32_t i = 0; i < one.size(); i += lanes)
    hn::Store(OneOf(hn::Load(d, ac.data() + i)).Packed(), d, one.data() + i);
  for (std::uint32_t i = 0; i < one.size(); i += lanes)
    hn::Store(Followed(Run::Load(one.data() + i), hn::Iota(d, i), one).Packed(), d, two.data() + i);
  for (std::uint32_t i = 0; i < one.size(); i += lanes) {
    const Run four = Followed(Run::Load(two.data() + i), hn::Iota(d, i), two);
    const hn::Rebind<std::uint16_t, D> half;
    const V advance = hn::IfThenElse(hn::Eq(four.length, hn::Zero(d)), All(no_skip), four.advance);
    hn::Store(hn::TruncateTo(half, hn::Or(four.length, hn::ShiftLeft<6>(advance))), half, skip.data() + i);
  }
}

}  // namespace fovea::codec::jpeg::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fovea::codec::jpeg {

HWY_EXPORT(SetLookup);
HWY_EXPORT(SetLookups);
HWY_EXPORT(SetSkipLookup);

void set_lookup(const Words<lookup_bits>& ac, Lookup& rest) {
  alignas(64) Lookup only;
  HWY_DYNAMIC_DISPATCH(SetLookup)(ac, only, rest);
}
void set_lookups(const Words<lookup_bits>& dc, const Words<lookup_bits>& ac, Lookup& first, Lookup& rest) {
  HWY_DYNAMIC_DISPATCH(SetLookups)(dc, ac, first, rest);
}
void set_skip_lookup(const Words<skip_bits>& ac, SkipLookup& skip) {
  HWY_DYNAMIC_DISPATCH(SetSkipLookup)(ac, skip);
}

}  // namespace fovea::codec::jpeg
#endif
