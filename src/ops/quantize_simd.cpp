#include <cmath>
#include <cstring>

#include "ops/activation_types.h"
#include "ops/quantize.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/quantize_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fovea::ops::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// A row of one or three planes as bytes, channels side by side.
template <int C>
void Row(const float* x, Index plane, Index count, const float* scale, const float* zero, std::uint8_t* y) {
  const hn::ScalableTag<float> d;
  const hn::Rebind<std::uint8_t, decltype(d)> bytes;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  const auto make = [&](int c, Index at) HWY_ATTR {
    const auto value = hn::MulAdd(hn::LoadU(d, x + c * plane + at), hn::Set(d, scale[c]), hn::Set(d, zero[c]));
    return hn::DemoteTo(bytes, hn::NearestInt(hn::Min(hn::Max(value, hn::Zero(d)), hn::Set(d, 255.0f))));
  };
  Index at = 0;
  for (; at + lanes <= count; at += lanes)
    if constexpr (C == 3)
      hn::StoreInterleaved3(make(0, at), make(1, at), make(2, at), bytes, y + 3 * at);
    else
      hn::StoreU(make(0, at), bytes, y + at);
  for (; at < count; ++at)
    for (int c = 0; c < C; ++c) {
      const float value = std::fma(x[c * plane + at], scale[c], zero[c]);
      y[C * at + c] = static_cast<std::uint8_t>(std::rint(value > 0 ? std::min(value, 255.0f) : 0.0f));
    }
}

void QuantizeRow(Index channels, const float* x, Index plane, Index count, const float* scale, const float* zero,
                 std::uint8_t* y) {
  channels == 3 ? Row<3>(x, plane, count, scale, zero, y) : Row<1>(x, plane, count, scale, zero, y);
}

}  // namespace fovea::ops::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fovea::ops::cpu {
namespace {

HWY_EXPORT(QuantizeRow);

class QuantizeSimd final : public Kernel {
 public:
  explicit QuantizeSimd(const Call& call) : shape_(call.inputs[0].shape), padding_(call.as<Quantize>().padding) {}

  void run(Queue, std::span<const Array> in, const Array& out) override {
    const auto floats = [](const Array& array) { return reinterpret_cast<const float*>(array.data()); };
    const Index channels = shape_[1], height = shape_[2], width = shape_[3];
    const Index rows = height + 2 * padding_, row_bytes = (width + 2 * padding_) * channels;
    const float *x = floats(in[0]), *scale = floats(in[1]), *zero = floats(in[2]);
    std::vector<std::uint8_t> edge(static_cast<std::size_t>(row_bytes));
    for (Index k = 0; k < row_bytes; ++k)
      edge[static_cast<std::size_t>(k)] =
          static_cast<std::uint8_t>(std::rint(std::min(std::max(zero[k % channels], 0.0f), 255.0f)));
    parallel_for(shape_[0] * rows, 64, [&](Index begin, Index end) {
      for (Index at = begin; at < end; ++at) {
        const Index n = at / rows, row = at % rows - padding_;
        auto* y = reinterpret_cast<std::uint8_t*>(out.data()) + at * row_bytes;
        if (row < 0 || row >= height) {
          std::memcpy(y, edge.data(), edge.size());
          continue;
        }
        const auto side = static_cast<std::size_t>(padding_ * channels);
        std::memcpy(y, edge.data(), side);
        std::memcpy(y + row_bytes - side, edge.data(), side);
        HWY_DYNAMIC_DISPATCH(QuantizeRow)
        (channels, x + (n * channels * height + row) * width, height * width, width, scale, zero, y + side);
      }
    });
  }

 private:
  Shape shape_;
  Index padding_;
};

// Of networks, whose next op knows that channels lie side by side.
bool supports(const Call& call) {
  const TensorSpec& x = call.inputs[0];
  return call.weights && x.block == 1 && (x.shape[1] == 1 || x.shape[1] == 3);
}

std::unique_ptr<Kernel> prepare(const Call& call) {
  return std::make_unique<QuantizeSimd>(call);
}

}  // namespace

void register_quantize_simd(Registry& r) {
  r.add_row({"quantize", Device::Kind::cpu, "simd", supports, prepare, all_channels});
}

}  // namespace fovea::ops::cpu
#endif
