#include "ops/op.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/linear_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fovea::ops::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Rows of one weight row's dot products with up to four pictures: the weight is read once for all of them. Every
// picture has its own accumulators in one fixed order, so its bits do not depend on who is beside it.
template <int N>
void dot(const float* x, Index x_stride, const float* weight, Index count, float bias, float* y, Index y_stride) {
  const hn::ScalableTag<float> d;
  const Index lanes = static_cast<Index>(hn::Lanes(d));
  auto even0 = hn::Zero(d), odd0 = even0, even1 = even0, odd1 = even0, even2 = even0, odd2 = even0, even3 = even0,
       odd3 = even0;
  Index c = 0;
  const auto step = [&](auto& a0, [[maybe_unused]] auto& a1, [[maybe_unused]] auto& a2, [[maybe_unused]] auto& a3) {
    const auto w = hn::LoadU(d, weight + c);
    a0 = hn::MulAdd(hn::LoadU(d, x + c), w, a0);
    if constexpr (N > 1) a1 = hn::MulAdd(hn::LoadU(d, x + x_stride + c), w, a1);
    if constexpr (N > 2) a2 = hn::MulAdd(hn::LoadU(d, x + 2 * x_stride + c), w, a2);
    if constexpr (N > 3) a3 = hn::MulAdd(hn::LoadU(d, x + 3 * x_stride + c), w, a3);
    c += lanes;
  };
  while (c + 2 * lanes <= count) {
    step(even0, even1, even2, even3);
    step(odd0, odd1, odd2, odd3);
  }
  while (c + lanes <= count) step(even0, even1, even2, even3);
  const auto finish = [&](int n, auto even, auto odd) {
    float sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(even, odd)));
    for (Index k = c; k < count; ++k) sum += x[n * x_stride + k] * weight[k];
    y[n * y_stride] = sum + bias;
  };
  finish(0, even0, odd0);
  if constexpr (N > 1) finish(1, even1, odd1);
  if constexpr (N > 2) finish(2, even2, odd2);
  if constexpr (N > 3) finish(3, even3, odd3);
}

void Linear(const float* x, const float* weight, const float* bias, float* y, Index pictures, Index inputs, Index begin,
            Index end, Index outputs) {
  for (Index n = 0; n < pictures;) {
    const Index group = pictures - n >= 4 ? 4 : pictures - n >= 2 ? 2 : 1;
    for (Index k = begin; k < end; ++k) {
      const float b = bias ? bias[k] : 0.0f;
      const float *in = x + n * inputs, *w = weight + k * inputs;
      float* out = y + n * outputs + k;
      if (group == 4)
        dot<4>(in, inputs, w, inputs, b, out, outputs);
      else if (group == 2)
        dot<2>(in, inputs, w, inputs, b, out, outputs);
      else
        dot<1>(in, inputs, w, inputs, b, out, outputs);
    }
    n += group;
  }
}

}  // namespace fovea::ops::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fovea::ops::cpu {
namespace {

HWY_EXPORT(Linear);

class LinearSimd final : public Kernel {
 public:
  void run(Queue, std::span<const Array> in, const Array& out) override {
    const auto data = [](const Array& array) { return reinterpret_cast<float*>(array.data()); };
    const Index outputs = out.shape()[1];
    parallel_for(outputs, 64, [&](Index begin, Index end) {
      HWY_DYNAMIC_DISPATCH(Linear)
      (data(in[0]), data(in[1]), in.size() > 2 ? data(in[2]) : nullptr, data(out), out.shape()[0], in[0].shape()[1],
       begin, end, outputs);
    });
  }
};

std::unique_ptr<Kernel> prepare(const Call&) {
  return std::make_unique<LinearSimd>();
}

}  // namespace

void register_linear_simd(Registry& r) {
  r.add_row({"linear", Device::Kind::cpu, "simd", plain_f32, prepare});
}

}  // namespace fovea::ops::cpu
#endif
