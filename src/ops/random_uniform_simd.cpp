#include "ops/random_uniform.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/random_uniform_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ops/random/philox_simd.h"

HWY_BEFORE_NAMESPACE();
namespace fovea::ops::cpu::HWY_NAMESPACE {

void Uniform32(const Generator& g, const UniformScale<float>& scale, std::uint64_t first, Index blocks, float* out) {
  const hn::ScalableTag<float> d;
  const hn::RebindToSigned<decltype(d)> di;
  const hn::RebindToUnsigned<decltype(d)> du;
  HWY_ALIGN std::uint32_t words[4 * blocks_a_chunk];
  philox_words(g, first, blocks, words);
  const auto low = hn::Set(d, scale.low), width = hn::Set(d, scale.width), below = hn::Set(d, scale.below);
  for (Index k = 0; k < 4 * blocks; k += static_cast<Index>(hn::Lanes(d))) {
    const auto bits = hn::BitCast(di, hn::ShiftRight<8>(hn::Load(du, words + k)));
    const auto u = hn::Mul(hn::ConvertTo(d, bits), hn::Set(d, 0x1p-24f));
    hn::StoreU(hn::Min(hn::Add(low, hn::Mul(u, width)), below), d, out + k);
  }
}

void Uniform64(const Generator& g, const UniformScale<double>& scale, std::uint64_t first, Index blocks, double* out) {
  const hn::ScalableTag<double> d;
  const hn::RebindToSigned<decltype(d)> di;
  const hn::RebindToUnsigned<decltype(d)> du;
  HWY_ALIGN std::uint32_t words[4 * blocks_a_chunk];
  philox_words(g, first, blocks, words);
  const auto low = hn::Set(d, scale.low), width = hn::Set(d, scale.width), below = hn::Set(d, scale.below);
  for (Index k = 0; k < 2 * blocks; k += static_cast<Index>(hn::Lanes(d))) {
    const auto word = hn::Load(du, reinterpret_cast<const std::uint64_t*>(words + 2 * k));
    const auto u = hn::Mul(hn::ConvertTo(d, hn::BitCast(di, hn::ShiftRight<11>(word))), hn::Set(d, 0x1p-53));
    hn::StoreU(hn::Min(hn::Add(low, hn::Mul(u, width)), below), d, out + k);
  }
}

}  // namespace fovea::ops::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fovea::ops::cpu {
namespace {

HWY_EXPORT(Uniform32);
HWY_EXPORT(Uniform64);

void random_uniform_simd(const RandomUniform& p, Queue, std::span<const Array>, const Array& out) {
  const Generator g = p.generator();
  const auto offset = static_cast<std::uint64_t>(p.offset);
  if (out.dtype() == DType::f32) {
    const auto scale = uniform_scale<float>(p);
    fill_blocks<float, 4>(offset, out.size(), reinterpret_cast<float*>(out.data()),
                          [&](std::uint64_t first, Index blocks, float* to) {
                            HWY_DYNAMIC_DISPATCH(Uniform32)(g, scale, first, blocks, to);
                          });
  } else {
    const auto scale = uniform_scale<double>(p);
    fill_blocks<double, 2>(offset, out.size(), reinterpret_cast<double*>(out.data()),
                           [&](std::uint64_t first, Index blocks, double* to) {
                             HWY_DYNAMIC_DISPATCH(Uniform64)(g, scale, first, blocks, to);
                           });
  }
}

}  // namespace

void register_random_uniform_simd(Registry& r) {
  r.add_row(
      {"random_uniform", Device::Kind::cpu, "simd", any_call, simple_kernel<RandomUniform, random_uniform_simd>});
}

}  // namespace fovea::ops::cpu
#endif
