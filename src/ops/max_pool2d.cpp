#include "ops/activation_types.h"
#include "ops/pool2d.h"

namespace fovea::ops::FOVEA_PASS {

template <class T>
struct MaxPool2dBody {
  View<const T, 5> x;
  View<T, 5> y;
  Index size, stride, padding;

  FOVEA_HD void operator()(Index n, Index group, Index row, Index place) const {
    const Index column = place / x.extent[4], lane = place % x.extent[4];
    float best = -__builtin_inff();
    for (Index r = 0; r < size; ++r) {
      const Index sy = row * stride - padding + r;
      if (sy < 0 || sy >= x.extent[2]) continue;
      for (Index s = 0; s < size; ++s) {
        const Index sx = column * stride - padding + s;
        if (sx < 0 || sx >= x.extent[3]) continue;
        const float v = x(n, group, sy, sx, lane);
        best = v > best || v != v ? v : best;  // a NaN wins, as in torch
        if (v != v) r = s = size;
      }
    }
    y(n, group, row, column, lane) = static_cast<T>(best);
  }
};

void max_pool2d(const MaxPool2d& p, Queue queue, std::span<const Array> in, const Array& out) {
  with_activation_type(out.dtype(), [&]<class T>(T) {
    MaxPool2dBody<T> body{blocked_view<const T>(in[0]), blocked_view<T>(out), p.size, p.stride, p.padding};
    const Index extent[4] = {body.y.extent[0], body.y.extent[1], body.y.extent[2], body.y.extent[3] * body.y.extent[4]};
    for_each(queue, extent, body);
  });
}

TensorSpec infer_max_pool2d(const void* params, std::span<const TensorSpec> in) {
  const MaxPool2d& p = *static_cast<const MaxPool2d*>(params);
  const Shape& x = in[0].shape;
  require(x.size() == 4, "max_pool2d", "expected x [n, c, h, w], got " + to_string(x));
  require(2 * p.padding <= p.size, "max_pool2d", "expected padding of at most half the window");
  const auto extent = [&](std::int64_t side) {
    require(side + 2 * p.padding >= p.size, "max_pool2d",
            "expected a window inside the picture, got x " + to_string(x));
    return (side + 2 * p.padding - p.size) / p.stride + 1;
  };
  return {in[0].dtype, {x[0], x[1], extent(x[2]), extent(x[3])}};
}

bool max_pools(const Call& call) {
  return one_block(call) && is_activation_type(call.output.dtype);
}

void register_max_pool2d(Registry& r) {
  r.add_op<MaxPool2d>({"max_pool2d", "largest value of each window", {"x"}, infer_max_pool2d});
  r.add_row({"max_pool2d", pass_device, "portable", max_pools, simple_kernel<MaxPool2d, max_pool2d>});
}

}  // namespace fovea::ops::FOVEA_PASS
