#include "ops/op.h"

namespace fovea::ops {

struct Relu {
  template <class F>
  void fields(F&&) {}
};

}  // namespace fovea::ops

namespace fovea::ops::FOVEA_PASS {

struct ReluBody {
  const float* x;
  float* y;
  FOVEA_HD void operator()(Index i) const { y[i] = x[i] < 0 ? 0.0f : x[i]; }  // NaN stays NaN
};

void relu(const Relu&, Queue queue, std::span<const Array> in, const Array& out) {
  const Index extent[1] = {out.size()};
  for_each(queue, extent, ReluBody{reinterpret_cast<const float*>(in[0].data()), reinterpret_cast<float*>(out.data())});
}

TensorSpec infer_relu(const void*, std::span<const TensorSpec> in) {
  return {in[0].dtype, in[0].shape};
}

void register_relu(Registry& r) {
  r.add_op<Relu>({"relu", "max(x, 0) of a contiguous array", {"x"}, infer_relu});
  r.add_row({"relu", pass_device, "portable", one_block_f32, simple_kernel<Relu, relu>});
}

}  // namespace fovea::ops::FOVEA_PASS
