#include "ops/filter/box.h"
#include "ops/filter/half_image.h"

namespace fovea::ops::FOVEA_PASS {

// The plain sum over the window of every element: f64 for floats, 64 bits for integers.
template <class T>
struct BoxBody {
  View<const T, 3> x;
  View<T, 3> y;
  Index window[2];
  Border border;
  T outside;

  FOVEA_HD void operator()(Index row, Index column, Index c) const {
    BoxSum<T> sum = 0;
    for (Index i = 0; i < window[0]; ++i) {
      const Index r = border_place(row - window[0] / 2 + i, x.extent[0], border);
      for (Index j = 0; j < window[1]; ++j) {
        const Index k = border_place(column - window[1] / 2 + j, x.extent[1], border);
        sum += static_cast<BoxSum<T>>(r < 0 || k < 0 ? outside : x(r, k, c));
      }
    }
    y(row, column, c) = box_mean<T>(sum, window[0] * window[1]);
  }
};

template <class T>
void box_as(const BoxFilter& p, Queue queue, const Array& in, const Array& out) {
  BoxBody<T> body{view<const T, 3>(in), view<T, 3>(out), {}, parse_border(p.border), border_value<T>(p.value)};
  window_extents(p.size, "box_filter", body.window);
  for_each(queue, body.y.extent, body);
}

void box_filter(const BoxFilter& p, Queue queue, std::span<const Array> in, const Array& out) {
  const ImageShape s = image_shape(in[0].shape(), "box_filter");
  const Array x = in[0].reshape({s.rows, s.columns, s.channels}), y = out.reshape({s.rows, s.columns, s.channels});
  switch (x.dtype()) {
    case DType::u8:
      return box_as<std::uint8_t>(p, queue, x, y);
    case DType::u16:
      return box_as<std::uint16_t>(p, queue, x, y);
    case DType::i16:
      return box_as<std::int16_t>(p, queue, x, y);
    case DType::i32:
      return box_as<std::int32_t>(p, queue, x, y);
    case DType::f32:
      return box_as<float>(p, queue, x, y);
#if !defined(__CUDACC__)
    case DType::f16:
      return through_f32(x, y, [&](const Array& wide, const Array& result) { box_as<float>(p, queue, wide, result); });
#endif
    default:
      return box_as<double>(p, queue, x, y);
  }
}

TensorSpec infer_box_filter(const void* params, std::span<const TensorSpec> in) {
  const BoxFilter& p = *static_cast<const BoxFilter*>(params);
  image_shape(in[0].shape, "box_filter");
  Index window[2];
  window_extents(p.size, "box_filter", window);
  return {in[0].dtype, in[0].shape};
}

bool box_call(const Call& call) {
  return plain(call) && (box_type(call.inputs[0].dtype) || half_image(call));
}

void register_box_filter(Registry& r) {
  r.add_op<BoxFilter>({"box_filter", "mean over a window of an image", {"image"}, infer_box_filter});
  r.add_row({"box_filter", pass_device, "portable", box_call, simple_kernel<BoxFilter, box_filter>});
}

}  // namespace fovea::ops::FOVEA_PASS

#if !defined(__CUDACC__)
namespace fovea {

Array box_filter(const Array& image, Window size, Border border, double value) {
  return ops::apply("box_filter",
                    {{"size", std::vector<double>{static_cast<double>(size[0]), static_cast<double>(size[1])}},
                     {"border", ops::name_of(border)},
                     {"value", value}},
                    {&image, 1});
}

}  // namespace fovea
#endif
