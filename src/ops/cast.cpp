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

TensorSpec infer_cast(const void* params, std::span<const TensorSpec> in) {
  return {parse_dtype(static_cast<const Cast*>(params)->dtype), in[0].shape};
}

bool casts(const Call& call) {
  return one_block(call) && is_activation_type(call.inputs[0].dtype) && is_activation_type(call.output.dtype);
}

void register_cast(Registry& r) {
  r.add_op<Cast>({"cast", "activations in another type, multiplied by a number", {"x"}, infer_cast});
  r.add_row({"cast", pass_device, "portable", casts, simple_kernel<Cast, cast>});
}

}  // namespace fovea::ops::FOVEA_PASS
