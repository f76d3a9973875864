#include "ops/conv2d_int8.h"

namespace fovea::ops::FOVEA_PASS {

// Products are summed exactly in i32.
template <class X, class R, class Y>
struct Conv2dInt8Body {
  View<const X, 4> x;
  View<const std::int8_t, 4> weight;
  const float *bias, *scale;
  View<const R, 4> residual;
  View<Y, 4> y;
  Index stride, padding, dilation, group_in, group_out;
  Requantization requantized;

  FOVEA_HD void operator()(Index n, Index k, Index row, Index column) const {
    std::int32_t sum = 0;
    const Index first = k / group_out * group_in;
    for (Index c = 0; c < group_in; ++c)
      for (Index r = 0; r < weight.extent[2]; ++r) {
        const Index sy = row * stride - padding + r * dilation;
        if (sy < 0 || sy >= x.extent[2]) continue;
        for (Index s = 0; s < weight.extent[3]; ++s) {
          const Index sx = column * stride - padding + s * dilation;
          if (sx < 0 || sx >= x.extent[3]) continue;
          sum += std::int32_t{x(n, first + c, sy, sx)} * std::int32_t{weight(k, c, r, s)};
        }
      }
    y(n, k, row, column) =
        static_cast<Y>(residual.data ? requantized(sum, bias[k], scale[k], residual(n, k, row, column))
                                     : requantized(sum, bias[k], scale[k]));
  }
};

template <class X, class R, class Y>
void conv2d_int8_of(const Conv2dInt8& p, Queue queue, std::span<const Array> in, const Array& out) {
  Conv2dInt8Body<X, R, Y> body{view<const X, 4>(in[0]),
                               view<const std::int8_t, 4>(in[1]),
                               reinterpret_cast<const float*>(in[2].data()),
                               reinterpret_cast<const float*>(in[3].data()),
                               in.size() > 4 ? view<const R, 4>(in[4]) : View<const R, 4>{},
                               view<Y, 4>(out),
                               p.stride,
                               p.padding,
                               p.dilation,
                               in[1].shape()[1],
                               in[1].shape()[0] / p.groups,
                               Requantization(p)};
  for_each(queue, body.y.extent, body);
}

template <class Visit>
void with_byte(DType type, Visit&& visit) {
  if (type == DType::u8)
    visit(std::uint8_t{});
  else
    visit(std::int8_t{});
}

void conv2d_int8(const Conv2dInt8& p, Queue queue, std::span<const Array> in, const Array& out) {
  with_byte(in[0].dtype(), [&]<class X>(X) {
    with_byte(in.size() > 4 ? in[4].dtype() : DType::u8, [&]<class R>(R) {
      with_byte(out.dtype(), [&]<class Y>(Y) { conv2d_int8_of<X, R, Y>(p, queue, in, out); });
    });
  });
}

bool is_byte(DType type) {
  return type == DType::u8 || type == DType::i8;
}

TensorSpec infer_conv2d_int8(const void* params, std::span<const TensorSpec> in) {
  const Conv2dInt8& p = *static_cast<const Conv2dInt8*>(params);
  const Shape &x = in[0].shape, &w = in[1].shape;
  const auto expect = [](bool holds, const std::string& message) { require(holds, "conv2d_int8", message); };
  expect(is_byte(in[0].dtype) && in[1].dtype == DType::i8, "expected x u8 or i8 and weight i8, got " +
                                                               std::string(name(in[0].dtype)) + " and " +
                                                               std::string(name(in[1].dtype)));
  expect(x.size() == 4 && w.size() == 4,
         "expected x [n, c, h, w] and weight [k, c/groups, r, s], got " + to_string(x) + " and " + to_string(w));
  expect(x[1] == w[1] * p.groups && w[0] % p.groups == 0, "expected channels that fit " + std::to_string(p.groups) +
                                                              " groups, got x " + to_string(x) + ", weight " +
                                                              to_string(w));
  expect(w[1] * w[2] * w[3] <= 65536,
         "expected windows of at most 65536 values, whose sums i32 holds, got weight " + to_string(w));
  const auto extent = [&](std::int64_t size, std::int64_t window) {
    const std::int64_t reach = size + 2 * p.padding - p.dilation * (window - 1) - 1;
    expect(reach >= 0,
           "expected a window inside the padded picture, got x " + to_string(x) + ", weight " + to_string(w));
    return reach / p.stride + 1;
  };
  const TensorSpec y{p.dtype == "u8" ? DType::u8 : DType::i8, {x[0], w[0], extent(x[2], w[2]), extent(x[3], w[3])}};
  for (const std::size_t k : {2, 3})
    expect(in[k].shape == Shape{w[0]} && in[k].dtype == DType::f32,
           "expected bias and scale f32[" + std::to_string(w[0]) + "]");
  expect(in.size() < 5 || (in[4].shape == y.shape && is_byte(in[4].dtype)),
         "expected residual u8 or i8 " + to_string(y.shape));
  return y;
}

void register_conv2d_int8(Registry& r) {
  r.add_op<Conv2dInt8>({"conv2d_int8",
                        "2-D cross-correlation of quantised values, with bias, scale and residual, quantised again",
                        {"x", "weight", "bias", "scale", "residual?"},
                        infer_conv2d_int8});
  r.add_row({"conv2d_int8", pass_device, "portable", plain, simple_kernel<Conv2dInt8, conv2d_int8>});
}

}  // namespace fovea::ops::FOVEA_PASS
