#include "ops/random_normal.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/random_normal_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ops/random/philox_simd.h"

// The portable body's arithmetic, operation for operation.
HWY_BEFORE_NAMESPACE();
namespace fovea::ops::cpu::HWY_NAMESPACE {

template <class D, class V, class T, int N>
HWY_INLINE V series(D d, const T (&coefficients)[N], V x) {
  V sum = hn::Set(d, coefficients[0]);
  for (int k = 1; k < N; ++k) sum = hn::Add(hn::Mul(sum, x), hn::Set(d, coefficients[k]));
  return sum;
}

template <class D, class V>
HWY_INLINE V radius(D d, V u) {
  using T = hn::TFromD<D>;
  using C = NormalConstants<T>;
  using Bits = typename C::Bits;
  constexpr C constants{};
  const hn::RebindToUnsigned<D> du;
  const hn::RebindToSigned<D> di;
  constexpr Bits one = Bits{C::exponent_bias} << C::fraction_bits, fraction = (Bits{1} << C::fraction_bits) - 1;
  const auto shifted = hn::Add(hn::BitCast(du, u), hn::Set(du, one - C::sqrt_half));
  const auto biased = hn::BitCast(di, hn::ShiftRight<C::fraction_bits>(shifted));
  const V exponent = hn::ConvertTo(d, hn::Sub(biased, hn::Set(di, C::exponent_bias)));
  const V m = hn::BitCast(d, hn::Add(hn::And(shifted, hn::Set(du, fraction)), hn::Set(du, C::sqrt_half)));
  const V f = hn::Sub(m, hn::Set(d, T{1})), s = hn::Div(f, hn::Add(f, hn::Set(d, T{2})));
  const V z = hn::Mul(s, s), twice = hn::Add(s, s);
  const V tail = hn::Add(hn::Mul(hn::Set(d, C::ln2_low), exponent),
                         hn::Mul(hn::Mul(twice, z), series(d, constants.log, z)));
  const V log = hn::Add(hn::Mul(hn::Set(d, C::ln2_high), exponent), hn::Add(twice, tail));
  const V square = hn::Mul(hn::Set(d, T{-2}), log);
  return hn::IfThenElseZero(hn::Gt(square, hn::Zero(d)), hn::Sqrt(square));
}

// quadrants: in the two highest bits of each lane.
template <class D, class V, class VU>
HWY_INLINE void box_muller(D d, V u, V part, VU quadrants, V& first, V& second) {
  using T = hn::TFromD<D>;
  using C = NormalConstants<T>;
  constexpr C constants{};
  const hn::RebindToUnsigned<D> du;
  const V r = radius(d, u), angle = hn::Mul(part, hn::Set(d, C::half_pi)), z = hn::Mul(angle, angle);
  const V sine = hn::Add(angle, hn::Mul(hn::Mul(angle, z), series(d, constants.sin, z)));
  const V cosine = hn::Add(hn::Set(d, T{1}), hn::Mul(z, series(d, constants.cos, z)));
  const auto sign = hn::BitCast(du, hn::SignBit(d));
  const auto doubled = hn::Add(quadrants, quadrants);
  const auto odd = hn::MaskFromVec(hn::BitCast(d, hn::BroadcastSignBit(hn::BitCast(hn::RebindToSigned<D>(), doubled))));
  const V across = hn::IfThenElse(odd, sine, cosine), up = hn::IfThenElse(odd, cosine, sine);
  first = hn::Mul(r, hn::Xor(across, hn::BitCast(d, hn::And(hn::Xor(quadrants, doubled), sign))));
  second = hn::Mul(r, hn::Xor(up, hn::BitCast(d, hn::And(quadrants, sign))));
}

void Normal32(const Generator& g, float mean, float std, std::uint64_t first, Index blocks, float* out) {
  const hn::ScalableTag<float> d;
  const hn::RebindToSigned<decltype(d)> di;
  const hn::RebindToUnsigned<decltype(d)> du;
  HWY_ALIGN std::uint32_t words[4 * blocks_a_chunk];
  philox_words(g, first, blocks, words);
  const Index lanes = static_cast<Index>(hn::Lanes(d));
  for (Index k = 0; k < 4 * blocks; k += 2 * lanes) {
    hn::Vec<decltype(du)> a, b;
    hn::LoadInterleaved2(du, words + k, a, b);
    const auto u = hn::Add(hn::Mul(hn::ConvertTo(d, hn::BitCast(di, hn::ShiftRight<1>(a))), hn::Set(d, 0x1p-31f)),
                           hn::Set(d, 0x1p-32f));
    const auto part = hn::Mul(hn::ConvertTo(d, hn::BitCast(di, hn::ShiftLeft<2>(b))), hn::Set(d, 0x1p-32f));
    hn::Vec<decltype(d)> x, y;
    box_muller(d, u, part, b, x, y);
    x = hn::Add(hn::Set(d, mean), hn::Mul(hn::Set(d, std), x));
    y = hn::Add(hn::Set(d, mean), hn::Mul(hn::Set(d, std), y));
    hn::StoreInterleaved2(x, y, d, out + k);
  }
}

void Normal64(const Generator& g, double mean, double std, std::uint64_t first, Index blocks, double* out) {
  const hn::ScalableTag<double> d;
  const hn::RebindToSigned<decltype(d)> di;
  const hn::RebindToUnsigned<decltype(d)> du;
  HWY_ALIGN std::uint32_t words[4 * blocks_a_chunk];
  philox_words(g, first, blocks, words);
  const Index lanes = static_cast<Index>(hn::Lanes(d));
  for (Index k = 0; k < 2 * blocks; k += 2 * lanes) {
    hn::Vec<decltype(du)> a, b;
    hn::LoadInterleaved2(du, reinterpret_cast<const std::uint64_t*>(words + 2 * k), a, b);
    const auto u = hn::Add(hn::Mul(hn::ConvertTo(d, hn::BitCast(di, hn::ShiftRight<11>(a))), hn::Set(d, 0x1p-53)),
                           hn::Set(d, 0x1p-54));
    const auto signed_part = hn::ShiftRight<11>(hn::BitCast(di, hn::ShiftLeft<2>(b)));
    const auto part = hn::Mul(hn::ConvertTo(d, signed_part), hn::Set(d, 0x1p-53));
    hn::Vec<decltype(d)> x, y;
    box_muller(d, u, part, b, x, y);
    x = hn::Add(hn::Set(d, mean), hn::Mul(hn::Set(d, std), x));
    y = hn::Add(hn::Set(d, mean), hn::Mul(hn::Set(d, std), y));
    hn::StoreInterleaved2(x, y, d, out + k);
  }
}

}  // namespace fovea::ops::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fovea::ops::cpu {
namespace {

HWY_EXPORT(Normal32);
HWY_EXPORT(Normal64);

void random_normal_simd(const RandomNormal& p, Queue, std::span<const Array>, const Array& out) {
  const Generator g = p.generator();
  const auto offset = static_cast<std::uint64_t>(p.offset);
  if (out.dtype() == DType::f32)
    fill_blocks<float, 4>(offset, out.size(), reinterpret_cast<float*>(out.data()),
                          [&](std::uint64_t first, Index blocks, float* to) {
                            HWY_DYNAMIC_DISPATCH(Normal32)
                            (g, static_cast<float>(p.mean), static_cast<float>(p.std), first, blocks, to);
                          });
  else
    fill_blocks<double, 2>(offset, out.size(), reinterpret_cast<double*>(out.data()),
                           [&](std::uint64_t first, Index blocks, double* to) {
                             HWY_DYNAMIC_DISPATCH(Normal64)(g, p.mean, p.std, first, blocks, to);
                           });
}

}  // namespace

void register_random_normal_simd(Registry& r) {
  r.add_row({"random_normal", Device::Kind::cpu, "simd", any_call, simple_kernel<RandomNormal, random_normal_simd>});
}

}  // namespace fovea::ops::cpu
#endif
