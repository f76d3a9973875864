#include <cmath>

#include "ops/op.h"

namespace fovea::ops {

struct BatchNorm {
  double epsilon = 1e-5;

  template <class F>
  void fields(F&& f) {
    f("epsilon", epsilon, "added to the variance", Range{0, 1});
  }
};

}  // namespace fovea::ops

namespace fovea::ops::FOVEA_PASS {

struct BatchNormBody {
  View<const float, 4> x;
  const float *scale, *shift, *mean, *variance;
  View<float, 4> y;
  double epsilon;

  FOVEA_HD void operator()(Index n, Index c, Index row, Index column) const {
    const double factor = scale[c] / ::sqrt(variance[c] + epsilon);
    y(n, c, row, column) =
        static_cast<float>((x(n, c, row, column) - static_cast<double>(mean[c])) * factor + shift[c]);
  }
};

void batch_norm(const BatchNorm& p, Queue queue, std::span<const Array> in, const Array& out) {
  const auto values = [&](std::size_t k) { return reinterpret_cast<const float*>(in[k].data()); };
  BatchNormBody body{view<const float, 4>(in[0]), values(1), values(2), values(3), values(4),
                     view<float, 4>(out),         p.epsilon};
  for_each(queue, body.y.extent, body);
}

TensorSpec infer_batch_norm(const void*, std::span<const TensorSpec> in) {
  const Shape& x = in[0].shape;
  require(x.size() == 4, "batch_norm", "expected x [n, c, h, w], got " + to_string(x));
  for (std::size_t k = 1; k < in.size(); ++k)
    require(in[k].shape == Shape{x[1]}, "batch_norm",
            "expected one value a channel of x " + to_string(x) + ", got " + to_string(in[k].shape));
  return {in[0].dtype, x};
}

void register_batch_norm(Registry& r) {
  r.add_op<BatchNorm>({"batch_norm",
                       "(x - mean) / sqrt(variance + epsilon) * scale + shift, a channel",
                       {"x", "scale", "shift", "mean", "variance"},
                       infer_batch_norm});
  r.add_row({"batch_norm", pass_device, "portable", plain_f32, simple_kernel<BatchNorm, batch_norm>});
}

}  // namespace fovea::ops::FOVEA_PASS
