#include "ops/op.h"

namespace fovea::ops {

struct Flip {
  bool horizontal = true, vertical = false;

  template <class F>
  void fields(F&& f) {
    f("horizontal", horizontal, "mirror left to right");
    f("vertical", vertical, "mirror top to bottom");
  }
};

}  // namespace fovea::ops

namespace fovea::ops::FOVEA_PASS {

template <class T>
struct FlipBody {
  View<const T, 3> x;
  View<T, 3> y;
  bool horizontal, vertical;

  FOVEA_HD void operator()(Index row, Index column, Index c) const {
    y(row, column, c) = x(vertical ? x.extent[0] - 1 - row : row, horizontal ? x.extent[1] - 1 - column : column, c);
  }
};

template <class T>
void flip_as(const Flip& p, Queue queue, const Array& in, const Array& out) {
  const FlipBody<T> body{view<const T, 3>(in), view<T, 3>(out), p.horizontal, p.vertical};
  for_each(queue, body.y.extent, body);
}

void flip(const Flip& p, Queue queue, std::span<const Array> in, const Array& out) {
  switch (size_of(out.dtype())) {
    case 1:
      return flip_as<std::uint8_t>(p, queue, in[0], out);
    case 2:
      return flip_as<std::uint16_t>(p, queue, in[0], out);
    case 4:
      return flip_as<std::uint32_t>(p, queue, in[0], out);
    default:
      return flip_as<std::uint64_t>(p, queue, in[0], out);
  }
}

TensorSpec infer_flip(const void*, std::span<const TensorSpec> in) {
  require(in[0].shape.size() == 3, "flip",
          "expected an image [height, width, channels], got " + to_string(in[0].shape));
  return {in[0].dtype, in[0].shape};
}

void register_flip(Registry& r) {
  r.add_op<Flip>({"flip", "mirrors an image", {"image"}, infer_flip});
  r.add_row({"flip", pass_device, "portable", any_call, simple_kernel<Flip, flip>});
}

}  // namespace fovea::ops::FOVEA_PASS
