#include "ops/conv2d.h"

#include <cmath>

#include "kernel/half_float.h"

namespace fovea::ops::FOVEA_PASS {

// Sums run in f64 over (channel, row, column) and are rounded once, so this body is the oracle for the tuned variants.
template <class T>
struct Conv2dBody {
  View<const T, 4> x, weight;
  const float* bias;
  View<const T, 4> residual;
  View<T, 4> y;
  Index stride, padding, dilation, group_in, group_out;
  double least, most;  // of the activation

  FOVEA_HD void operator()(Index n, Index k, Index row, Index column) const {
    double sum = bias ? bias[k] : 0.0;
    const Index first = k / group_out * group_in;
    for (Index c = 0; c < group_in; ++c)
      for (Index r = 0; r < weight.extent[2]; ++r) {
        const Index sy = row * stride - padding + r * dilation;
        if (sy < 0 || sy >= x.extent[2]) continue;
        for (Index s = 0; s < weight.extent[3]; ++s) {
          const Index sx = column * stride - padding + s * dilation;
          if (sx < 0 || sx >= x.extent[3]) continue;
          sum += static_cast<double>(static_cast<float>(x(n, first + c, sy, sx))) *
                 static_cast<double>(static_cast<float>(weight(k, c, r, s)));
        }
      }
    if (residual.data) sum += static_cast<float>(residual(n, k, row, column));
    y(n, k, row, column) = static_cast<float>(sum < least ? least : sum > most ? most : sum);
  }
};

template <class T>
void conv2d_of(const Conv2d& p, Queue queue, std::span<const Array> in, const Array& out) {
  Conv2dBody<T> body{view<const T, 4>(in[0]),
                     view<const T, 4>(in[1]),
                     in.size() > 2 ? reinterpret_cast<const float*>(in[2].data()) : nullptr,
                     in.size() > 3 ? view<const T, 4>(in[3]) : View<const T, 4>{},
                     view<T, 4>(out),
                     p.stride,
                     p.padding,
                     p.dilation,
                     in[1].shape()[1],
                     in[1].shape()[0] / p.groups,
                     p.activation == "none" ? -HUGE_VAL : 0.0,
                     p.activation == "relu6" ? 6.0 : HUGE_VAL};
  for_each(queue, body.y.extent, body);
}

void conv2d(const Conv2d& p, Queue queue, std::span<const Array> in, const Array& out) {
  if (out.dtype() == DType::f16) return conv2d_of<F16>(p, queue, in, out);
  if (out.dtype() == DType::bf16) return conv2d_of<BF16>(p, queue, in, out);
  conv2d_of<float>(p, queue, in, out);
}

bool convolves(const Call& call) {
  const DType type = call.output.dtype;
  return plain(call) && (type == DType::f32 || type == DType::f16 || type == DType::bf16);
}

TensorSpec infer_conv2d(const void* params, std::span<const TensorSpec> in) {
  const Conv2d& p = *static_cast<const Conv2d*>(params);
  const Shape &x = in[0].shape, &w = in[1].shape;
  require(x.size() == 4 && w.size() == 4, "conv2d",
          "expected x [n, c, h, w] and weight [k, c/groups, r, s], got " + to_string(x) + " and " + to_string(w));
  require(x[1] == w[1] * p.groups && w[0] % p.groups == 0, "conv2d",
          "expected channels that fit " + std::to_string(p.groups) + " groups, got x " + to_string(x) + ", weight " +
              to_string(w));
  const auto extent = [&](std::int64_t size, std::int64_t window) {
    const std::int64_t reach = size + 2 * p.padding - p.dilation * (window - 1) - 1;
    require(reach >= 0, "conv2d",
            "expected a window inside the padded picture, got x " + to_string(x) + ", weight " + to_string(w));
    return reach / p.stride + 1;
  };
  TensorSpec y{in[0].dtype, {x[0], w[0], extent(x[2], w[2]), extent(x[3], w[3])}};
  const bool half = y.dtype == DType::f16 || y.dtype == DType::bf16;
  const DType bias = half ? DType::f32 : y.dtype;
  const auto expected = [](const char* input, DType type, const Shape& shape) {
    return std::string("expected ") + input + " " + std::string(name(type)) + to_string(shape);
  };
  require(in[1].dtype == y.dtype, "conv2d", expected("weight", y.dtype, w));
  require(in.size() < 3 || (in[2].shape == Shape{w[0]} && in[2].dtype == bias), "conv2d",
          expected("bias", bias, {w[0]}));
  require(in.size() < 4 || (in[3].shape == y.shape && in[3].dtype == y.dtype), "conv2d",
          expected("residual", y.dtype, y.shape));
  return y;
}

void register_conv2d(Registry& r) {
  r.add_op<Conv2d>({"conv2d",
                    "2-D cross-correlation as neural networks use it, with bias, residual and activation fused",
                    {"x", "weight", "bias?", "residual?"},
                    infer_conv2d});
  r.add_row({"conv2d", pass_device, "portable", convolves, simple_kernel<Conv2d, conv2d>});
}

}  // namespace fovea::ops::FOVEA_PASS
