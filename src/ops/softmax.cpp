#include <cmath>

#include "ops/op.h"

namespace fovea::ops {

struct Softmax {
  template <class F>
  void fields(F&&) {}
};

}  // namespace fovea::ops

namespace fovea::ops::FOVEA_PASS {

struct Larger {
  FOVEA_HD float operator()(float a, float b) const { return a > b ? a : b; }
};
struct Sum {
  FOVEA_HD float operator()(float a, float b) const { return a + b; }
};

// exp(x - max) / sum over each row.
template <int N>
struct SoftmaxBody {
  struct Shared {
    float part[N];
  };
  const float* x;
  float* y;
  Index columns;

  FOVEA_HD void operator()(Block<N>& block, Shared& shared) const {
    const float* in = x + block.index * columns;
    float* out = y + block.index * columns;
    block.lanes([&](int lane) {
      float largest = -INFINITY;
      for (Index c = lane; c < columns; c += N) largest = in[c] > largest ? in[c] : largest;
      shared.part[lane] = largest;
    });
    tree_reduce(block, shared.part, Larger{});
    PerLane<float, N> largest, sum;
    block.lanes([&](int lane) { largest[lane] = shared.part[0]; });
    block.lanes([&](int lane) {
      float partial = 0;
      for (Index c = lane; c < columns; c += N) partial += out[c] = expf(in[c] - largest[lane]);
      shared.part[lane] = partial;
    });
    tree_reduce(block, shared.part, Sum{});
    block.lanes([&](int lane) { sum[lane] = shared.part[0]; });
    block.lanes([&](int lane) {
      for (Index c = lane; c < columns; c += N) out[c] /= sum[lane];
    });
  }
};

void softmax(const Softmax&, Queue queue, std::span<const Array> in, const Array& out) {
  constexpr int lanes = 128;
  for_blocks<lanes>(queue, out.shape()[0],
                    SoftmaxBody<lanes>{reinterpret_cast<const float*>(in[0].data()),
                                       reinterpret_cast<float*>(out.data()), out.shape()[1]});
}

TensorSpec infer_softmax(const void*, std::span<const TensorSpec> in) {
  require(in[0].shape.size() == 2, "softmax", "expected contiguous x [rows, columns], got " + to_string(in[0].shape));
  return {in[0].dtype, in[0].shape};
}

void register_softmax(Registry& r) {
  r.add_op<Softmax>({"softmax", "exp(x - max) / sum over each row", {"x"}, infer_softmax});
  r.add_row({"softmax", pass_device, "portable", plain_f32, simple_kernel<Softmax, softmax>});
}

}  // namespace fovea::ops::FOVEA_PASS
