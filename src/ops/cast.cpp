#include "ops/cast.h"

#include "ops/activation_types.h"

namespace fovea::ops::FOVEA_PASS {

template <class From, class To>
struct CastBody {
  const From* x;
  To* y;
  float scale;
  FOVEA_HD void operator()(Index i) const { y[i] = static_cast<To>(static_cast<float>(x[i]) * scale); }
};

void cast(const Cast& p, Queue queue, std::span<const Array> in, const Array& out) {
  const Index extent[1] = {out.size()};
  with_activation_type(in[0].dtype(), [&]<class From>(From) {
    with_activation_type(out.dtype(), [&]<class To>(To) {
      if constexpr (sizeof(To) > 1)  // never to bytes
        for_each(queue, extent,
                 CastBody<From, To>{reinterpret_cast<const From*>(in[0].data()), reinterpret_cast<To*>(out.data()),
                                    static_cast<float>(p.scale)});
    });
  });
}

// Out of blocks as well: what f32 ops read after low precision.
template <class From>
struct CastPlanesBody {
  View<const From, 5> x;
  View<float, 4> y;
  float scale;
  FOVEA_HD void operator()(Index n, Index c, Index row, Index column) const {
    const Index block = x.extent[4];
    y(n, c, row, column) = static_cast<float>(x(n, c / block, row, column, c % block)) * scale;
  }
};

void cast_planes(const Cast& p, Queue queue, std::span<const Array> in, const Array& out) {
  with_activation_type(in[0].dtype(), [&]<class From>(From) {
    const CastPlanesBody<From> body{blocked_view<const From>(in[0]), view<float, 4>(out), static_cast<float>(p.scale)};
    for_each(queue, body.y.extent, body);
  });
}

bool leaves_blocks(const Call& call) {
  return call.inputs[0].block > 1 && call.output.dtype == DType::f32 && is_activation_type(call.inputs[0].dtype);
}

int one_channel() {
  return 1;
}

TensorSpec infer_cast(const void* params, std::span<const TensorSpec> in) {
  return {parse_dtype(static_cast<const Cast*>(params)->dtype), in[0].shape};
}

bool casts(const Call& call) {
  return one_block(call) && is_activation_type(call.inputs[0].dtype) && is_activation_type(call.output.dtype);
}

void register_cast(Registry& r) {
  r.add_op<Cast>({"cast", "activations in another type, multiplied by a number", {"x"}, infer_cast});
  r.add_row({"cast", pass_device, "portable", casts, simple_kernel<Cast, cast>});
  r.add_row({"cast", pass_device, "planes", leaves_blocks, simple_kernel<Cast, cast_planes>, one_channel});
}

}  // namespace fovea::ops::FOVEA_PASS
