#include "ops/activation_types.h"

namespace fovea::ops {

struct Unblock {
  template <class F>
  void fields(F&&) {}
};

}  // namespace fovea::ops

namespace fovea::ops::FOVEA_PASS {

template <class T>
struct UnblockBody {
  View<const T, 5> x;
  View<T, 4> y;

  FOVEA_HD void operator()(Index n, Index c, Index row, Index column) const {
    const Index block = x.extent[4];
    y(n, c, row, column) = x(n, c / block, row, column, c % block);
  }
};

void unblock(const Unblock&, Queue queue, std::span<const Array> in, const Array& out) {
  with_activation_type(out.dtype(), [&]<class T>(T) {
    const UnblockBody<T> body{blocked_view<const T>(in[0]), view<T, 4>(out)};
    for_each(queue, body.y.extent, body);
  });
}

TensorSpec infer_unblock(const void*, std::span<const TensorSpec> in) {
  require(in[0].shape.size() == 4, "unblock", "expected x [n, c, h, w], got " + to_string(in[0].shape));
  return {in[0].dtype, in[0].shape};
}

bool unblocks(const Call& call) {
  return is_activation_type(call.output.dtype);
}

int no_block() {
  return 1;
}

void register_unblock(Registry& r) {
  r.add_op<Unblock>(
      {"unblock", "channels out of their storage blocks; a copy where they are in none", {"x"}, infer_unblock});
  r.add_row({"unblock", pass_device, "portable", unblocks, simple_kernel<Unblock, unblock>, no_block});
}

}  // namespace fovea::ops::FOVEA_PASS
