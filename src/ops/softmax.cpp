#include <cmath>

#if !defined(__CUDACC__)
#include "fovea/expr.h"
#include "fovea/sorting.h"
#endif
#include "ops/op.h"

namespace fovea::ops {

struct Softmax {
  std::int64_t axis = -1;

  template <class F>
  void fields(F&& f) {
    f("axis", axis, "the axis that is normalised, negative from the end", Range{-64, 63});
  }
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

bool rows_of_f32(const Softmax& p, DType dtype, const Shape& shape) {
  return dtype == DType::f32 && shape.size() == 2 && (p.axis == -1 || p.axis == 1);
}

#if !defined(__CUDACC__)
// Any axis and floating type, through expressions; 16-bit types in f32.
void softmax_of_any(const Softmax& p, Queue, std::span<const Array> in, const Array& out) {
  if (out.size() == 0) return;
  const bool narrow = size_of(out.dtype()) == 2;
  const Expr x = narrow ? cast(in[0], DType::f32) : Expr(in[0]);
  const Reduction along{.axes = {{static_cast<int>(p.axis)}}, .keepdims = true};
  const Array grown = eval(exp(x - max(x, along)));
  eval_into(cast(Expr(grown) / sum(grown, along), out.dtype()), out);
}
#endif

void softmax(const Softmax& p, Queue queue, std::span<const Array> in, const Array& out) {
#if !defined(__CUDACC__)
  if (!rows_of_f32(p, out.dtype(), out.shape())) return softmax_of_any(p, queue, in, out);
#endif
  constexpr int lanes = 128;
  for_blocks<lanes>(queue, out.shape()[0],
                    SoftmaxBody<lanes>{reinterpret_cast<const float*>(in[0].data()),
                                       reinterpret_cast<float*>(out.data()), out.shape()[1]});
}

bool softmax_takes(const Call& call) {
#if defined(__CUDACC__)
  if (!rows_of_f32(call.as<Softmax>(), call.output.dtype, call.output.shape)) return false;
#endif
  return plain(call);
}

TensorSpec infer_softmax(const void* params, std::span<const TensorSpec> in) {
  const auto ndim = static_cast<std::int64_t>(in[0].shape.size());
  const std::int64_t axis = static_cast<const Softmax*>(params)->axis;
  require(axis >= -ndim && axis < ndim, "softmax",
          "expected an axis of " + to_string(in[0].shape) + ", got " + std::to_string(axis));
  require(is_floating(in[0].dtype), "softmax", "expected a floating type, got " + std::string(name(in[0].dtype)));
  return {in[0].dtype, in[0].shape};
}

void register_softmax(Registry& r) {
  r.add_op<Softmax>({"softmax", "exp(x - max) / sum over an axis", {"x"}, infer_softmax});
  r.add_row({"softmax", pass_device, "portable", softmax_takes, simple_kernel<Softmax, softmax>});
}

}  // namespace fovea::ops::FOVEA_PASS

#if !defined(__CUDACC__)
namespace fovea {

Array softmax(const Array& array, int axis) {
  return ops::apply("softmax", {{"axis", std::int64_t{axis}}}, {&array, 1});
}

}  // namespace fovea
#endif
