#include "ops/quantize.h"

namespace fovea::ops::FOVEA_PASS {

struct QuantizeBody {
  View<const float, 4> x;
  const float *scale, *zero;
  View<std::uint8_t, 4> y;
  Index padding;

  FOVEA_HD void operator()(Index n, Index c, Index row, Index column) const {
    const Index sy = row - padding, sx = column - padding;
    const bool inside = sy >= 0 && sy < x.extent[2] && sx >= 0 && sx < x.extent[3];
    y(n, c, row, column) = quantized(inside ? x(n, c, sy, sx) : 0.0f, scale[c], zero[c]);
  }
};

void quantize(const Quantize& p, Queue queue, std::span<const Array> in, const Array& out) {
  const QuantizeBody body{view<const float, 4>(in[0]), reinterpret_cast<const float*>(in[1].data()),
                          reinterpret_cast<const float*>(in[2].data()), view<std::uint8_t, 4>(out), p.padding};
  for_each(queue, body.y.extent, body);
}

TensorSpec infer_quantize(const void* params, std::span<const TensorSpec> in) {
  const Shape& x = in[0].shape;
  require(x.size() == 4 && in[0].dtype == DType::f32, "quantize",
          "expected x f32 [n, c, h, w], got " + std::string(name(in[0].dtype)) + " " + to_string(x));
  for (const std::size_t k : {1, 2})
    require(in[k].shape == Shape{x[1]} && in[k].dtype == DType::f32, "quantize",
            "expected scale and zero f32[" + std::to_string(x[1]) + "]");
  const std::int64_t around = 2 * static_cast<const Quantize*>(params)->padding;
  return {DType::u8, {x[0], x[1], x[2] + around, x[3] + around}};
}

void register_quantize(Registry& r) {
  r.add_op<Quantize>(
      {"quantize", "pictures as bytes, by a scale and a zero point a channel", {"x", "scale", "zero"}, infer_quantize});
  r.add_row({"quantize", pass_device, "portable", plain, simple_kernel<Quantize, quantize>});
}

}  // namespace fovea::ops::FOVEA_PASS
