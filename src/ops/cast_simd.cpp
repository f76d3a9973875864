#include "ops/activation_types.h"
#include "ops/cast.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/cast_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fovea::ops::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// One or three planes, times a number, as bf16 with their channels side by side. As f32_to_bf16().
template <int C>
void Planes(const float* x, Index plane, Index begin, Index end, float scale, std::uint16_t* y) {
  const hn::ScalableTag<float> d;
  const hn::RebindToUnsigned<decltype(d)> wide;
  const hn::Rebind<std::uint16_t, decltype(d)> halves;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  const auto make = [&](int c, Index at) HWY_ATTR {
    const auto value = hn::Mul(hn::LoadU(d, x + c * plane + at), hn::Set(d, scale));
    const auto bits = hn::BitCast(wide, value), odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(wide, 1));
    const auto rounded = hn::ShiftRight<16>(hn::Add(bits, hn::Add(odd, hn::Set(wide, 0x7FFF))));
    const auto nan = hn::Or(hn::ShiftRight<16>(bits), hn::Set(wide, 0x40));
    const auto kept = hn::IfThenElse(hn::RebindMask(wide, hn::IsNaN(value)), nan, rounded);
    return hn::DemoteTo(halves, hn::BitCast(hn::RebindToSigned<decltype(wide)>(), kept));
  };
  Index at = begin;
  for (; at + lanes <= end; at += lanes)
    if constexpr (C == 3)
      hn::StoreInterleaved3(make(0, at), make(1, at), make(2, at), halves, y + 3 * at);
    else
      hn::StoreU(make(0, at), halves, y + at);
  for (; at < end; ++at)
    for (int c = 0; c < C; ++c) y[C * at + c] = f32_to_bf16(x[c * plane + at] * scale);
}

void CastPlanes(Index channels, const float* x, Index plane, Index begin, Index end, float scale, std::uint16_t* y) {
  channels == 3 ? Planes<3>(x, plane, begin, end, scale, y) : Planes<1>(x, plane, begin, end, scale, y);
}

}  // namespace fovea::ops::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fovea::ops::cpu {
namespace {

HWY_EXPORT(CastPlanes);

class CastSimd final : public Kernel {
 public:
  explicit CastSimd(const Call& call) : scale_(static_cast<float>(call.as<Cast>().scale)) {}

  void run(Queue, std::span<const Array> in, const Array& out) override {
    const Shape& shape = in[0].shape();
    const Index channels = shape[1], plane = shape[2] * shape[3];
    for (Index n = 0; n < shape[0]; ++n)
      parallel_for(plane, 16384, [&](Index begin, Index end) {
        HWY_DYNAMIC_DISPATCH(CastPlanes)
        (channels, reinterpret_cast<const float*>(in[0].data()) + n * channels * plane, plane, begin, end, scale_,
         reinterpret_cast<std::uint16_t*>(out.data()) + n * channels * plane);
      });
  }

 private:
  float scale_;
};

// What the first convolution of a network reads; it knows that channels lie side by side.
bool supports(const Call& call) {
  const TensorSpec& x = call.inputs[0];
  return call.weights && x.dtype == DType::f32 && call.output.dtype == DType::bf16 && x.shape.size() == 4 &&
         x.block == 1 && (x.shape[1] == 1 || x.shape[1] == 3);
}

std::unique_ptr<Kernel> prepare(const Call& call) {
  return std::make_unique<CastSimd>(call);
}

}  // namespace

void register_cast_simd(Registry& r) {
  r.add_row({"cast", Device::Kind::cpu, "simd", supports, prepare, all_channels});
}

}  // namespace fovea::ops::cpu
#endif
