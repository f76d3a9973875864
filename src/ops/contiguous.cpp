#include "ops/gather.h"

namespace fovea::ops {

struct Contiguous {
  template <class F>
  void fields(F&&) {}
};

}  // namespace fovea::ops

namespace fovea::ops::FOVEA_PASS {

struct ContiguousRun {
  Queue queue;
  const Array &in, &out;

  template <class T>
  void operator()(T) const {
    gather(queue, reinterpret_cast<const T*>(in.data()), reinterpret_cast<T*>(out.data()), strided(in, "contiguous"),
           out.size());
  }
};

void contiguous(const Contiguous&, Queue queue, std::span<const Array> in, const Array& out) {
  with_bits(out.dtype(), ContiguousRun{queue, in[0], out});
}

TensorSpec infer_contiguous(const void*, std::span<const TensorSpec> in) {
  return {in[0].dtype, in[0].shape};
}

void register_contiguous(Registry& r) {
  Op op{"contiguous", "a copy with the elements in row-major order", {"x"}, infer_contiguous};
  op.strided = true;
  r.add_op<Contiguous>(std::move(op));
  r.add_row({"contiguous", pass_device, "portable", plain, simple_kernel<Contiguous, contiguous>});
}

}  // namespace fovea::ops::FOVEA_PASS
