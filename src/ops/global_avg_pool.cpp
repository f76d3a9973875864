#include "ops/activation_types.h"

namespace fovea::ops {

struct GlobalAvgPool {
  template <class F>
  void fields(F&&) {}
};

}  // namespace fovea::ops

namespace fovea::ops::FOVEA_PASS {

template <class T>
struct GlobalAvgPoolBody {
  View<const T, 5> x;
  View<float, 2> y;

  FOVEA_HD void operator()(Index n, Index c) const {
    const Index block = x.extent[4];
    double sum = 0;
    for (Index row = 0; row < x.extent[2]; ++row)
      for (Index column = 0; column < x.extent[3]; ++column)
        sum += static_cast<float>(x(n, c / block, row, column, c % block));
    y(n, c) = static_cast<float>(sum / static_cast<double>(x.extent[2] * x.extent[3]));
  }
};

void global_avg_pool(const GlobalAvgPool&, Queue queue, std::span<const Array> in, const Array& out) {
  with_activation_type(in[0].dtype(), [&]<class T>(T) {
    GlobalAvgPoolBody<T> body{blocked_view<const T>(in[0]), view<float, 2>(out)};
    for_each(queue, body.y.extent, body);
  });
}

TensorSpec infer_global_avg_pool(const void*, std::span<const TensorSpec> in) {
  const Shape& x = in[0].shape;
  require(x.size() == 4 && x[2] > 0 && x[3] > 0, "global_avg_pool", "expected x [n, c, h, w], got " + to_string(x));
  return {DType::f32, {x[0], x[1]}};
}

bool averages(const Call& call) {
  return is_activation_type(call.inputs[0].dtype);
}

void register_global_avg_pool(Registry& r) {
  r.add_op<GlobalAvgPool>({"global_avg_pool", "mean over rows and columns, in f32", {"x"}, infer_global_avg_pool});
  r.add_row({"global_avg_pool", pass_device, "portable", averages, simple_kernel<GlobalAvgPool, global_avg_pool>});
}

}  // namespace fovea::ops::FOVEA_PASS
