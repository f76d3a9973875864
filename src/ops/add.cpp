#include "ops/op.h"

namespace fovea::ops {

struct Add {
  template <class F>
  void fields(F&&) {}
};

}  // namespace fovea::ops

namespace fovea::ops::FOVEA_PASS {

struct AddBody {
  const float *a, *b;
  float* y;
  FOVEA_HD void operator()(Index i) const { y[i] = a[i] + b[i]; }
};

void add(const Add&, Queue queue, std::span<const Array> in, const Array& out) {
  const Index extent[1] = {out.size()};
  for_each(queue, extent,
           AddBody{reinterpret_cast<const float*>(in[0].data()), reinterpret_cast<const float*>(in[1].data()),
                   reinterpret_cast<float*>(out.data())});
}

TensorSpec infer_add(const void*, std::span<const TensorSpec> in) {
  require(in[0].shape == in[1].shape, "add",
          "expected equal shapes, got " + to_string(in[0].shape) + " and " + to_string(in[1].shape));
  return {in[0].dtype, in[0].shape};
}

void register_add(Registry& r) {
  r.add_op<Add>({"add", "elementwise sum of two contiguous arrays of one shape", {"a", "b"}, infer_add});
  r.add_row({"add", pass_device, "portable", one_block_f32, simple_kernel<Add, add>});
}

}  // namespace fovea::ops::FOVEA_PASS
