#include "ops/op.h"

namespace fovea::ops {

struct Relu6 {
  template <class F>
  void fields(F&&) {}
};

}  // namespace fovea::ops

namespace fovea::ops::FOVEA_PASS {

struct Relu6Body {
  const float* x;
  float* y;
  FOVEA_HD void operator()(Index i) const { y[i] = x[i] < 0 ? 0.0f : x[i] > 6 ? 6.0f : x[i]; }  // NaN stays NaN
};

void relu6(const Relu6&, Queue queue, std::span<const Array> in, const Array& out) {
  const Index extent[1] = {out.size()};
  for_each(queue, extent,
           Relu6Body{reinterpret_cast<const float*>(in[0].data()), reinterpret_cast<float*>(out.data())});
}

TensorSpec infer_relu6(const void*, std::span<const TensorSpec> in) {
  return {in[0].dtype, in[0].shape};
}

void register_relu6(Registry& r) {
  r.add_op<Relu6>({"relu6", "min(max(x, 0), 6) of a contiguous array", {"x"}, infer_relu6});
  r.add_row({"relu6", pass_device, "portable", one_block_f32, simple_kernel<Relu6, relu6>});
}

}  // namespace fovea::ops::FOVEA_PASS
