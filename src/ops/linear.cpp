#include "ops/op.h"

namespace fovea::ops {

struct Linear {
  template <class F>
  void fields(F&&) {}
};

}  // namespace fovea::ops

namespace fovea::ops::FOVEA_PASS {

struct LinearBody {
  View<const float, 2> x, weight;
  const float* bias;
  View<float, 2> y;

  FOVEA_HD void operator()(Index n, Index k) const {
    double sum = bias ? bias[k] : 0.0;
    for (Index c = 0; c < x.extent[1]; ++c) sum += static_cast<double>(x(n, c)) * static_cast<double>(weight(k, c));
    y(n, k) = static_cast<float>(sum);
  }
};

void linear(const Linear&, Queue queue, std::span<const Array> in, const Array& out) {
  LinearBody body{view<const float, 2>(in[0]), view<const float, 2>(in[1]),
                  in.size() > 2 ? reinterpret_cast<const float*>(in[2].data()) : nullptr, view<float, 2>(out)};
  for_each(queue, body.y.extent, body);
}

TensorSpec infer_linear(const void*, std::span<const TensorSpec> in) {
  const Shape &x = in[0].shape, &w = in[1].shape;
  require(x.size() == 2 && w.size() == 2 && x[1] == w[1], "linear",
          "expected x [n, c] and weight [k, c], got " + to_string(x) + " and " + to_string(w));
  require(in.size() < 3 || in[2].shape == Shape{w[0]}, "linear", "expected bias [" + std::to_string(w[0]) + "]");
  return {in[0].dtype, {x[0], w[0]}};
}

void register_linear(Registry& r) {
  r.add_op<Linear>({"linear", "y = x weight^T + bias", {"x", "weight", "bias?"}, infer_linear});
  r.add_row({"linear", pass_device, "portable", plain_f32, simple_kernel<Linear, linear>});
}

}  // namespace fovea::ops::FOVEA_PASS
