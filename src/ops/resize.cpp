#include "ops/resize.h"

#include "fovea/filters.h"

namespace fovea::ops::FOVEA_PASS {

// Columns first, rounded to the element type, then rows: Pillow's order, and so its bits for u8.
template <class T>
void resize_as(const Resize& p, Queue queue, const Array& in, const Array& out) {
  const Taps columns = make_taps(in.shape()[1], p.width, 0, p.width, p.filter);
  const Taps rows = make_taps(in.shape()[0], p.height, 0, p.height, p.filter);
  const Array narrow = Array::empty({in.shape()[0], p.width, in.shape()[2]}, in.dtype());
  const ResampleColumns<T> first{view<const T, 3>(in), view<T, 3>(narrow), columns, 0};
  for_each(queue, first.y.extent, first);
  const ResampleRows<T> second{view<const T, 3>(narrow), view<T, 3>(out), rows, 0};
  for_each(queue, second.y.extent, second);
}

void resize(const Resize& p, Queue queue, std::span<const Array> in, const Array& out) {
  if (in[0].dtype() == DType::u8)
    resize_as<std::uint8_t>(p, queue, in[0], out);
  else if (in[0].dtype() == DType::u16)
    resize_as<std::uint16_t>(p, queue, in[0], out);
  else if (in[0].dtype() == DType::f64)
    resize_as<double>(p, queue, in[0], out);
  else
    resize_as<float>(p, queue, in[0], out);
}

TensorSpec infer_resize(const void* params, std::span<const TensorSpec> in) {
  const Resize& p = *static_cast<const Resize*>(params);
  const Shape& x = in[0].shape;
  require(x.size() == 3 && x[0] > 0 && x[1] > 0, "resize",
          "expected an image [height, width, channels], got " + to_string(x));
  require(p.height > 0 && p.width > 0, "resize", "expected height and width");
  return {in[0].dtype, {p.height, p.width, x[2]}};
}

void register_resize(Registry& r) {
  r.add_op<Resize>({"resize", "scales an image; u8 results are Pillow's to the bit", {"image"}, infer_resize});
  r.add_row({"resize", pass_device, "portable", resizable, simple_kernel<Resize, resize>});
}

}  // namespace fovea::ops::FOVEA_PASS

#if !defined(__CUDACC__)
namespace fovea {

Array resize(const Array& image, std::int64_t height, std::int64_t width, const std::string& filter) {
  return ops::apply("resize", {{"height", height}, {"width", width}, {"filter", filter}}, {&image, 1});
}

}  // namespace fovea
#endif
