#include "ops/filter/border.h"

namespace fovea::ops {

struct Sobel {
  std::string direction = "magnitude", border = "reflect";
  double value = 0;

  template <class F>
  void fields(F&& f) {
    f("direction", direction, "of the derivative; magnitude: that of the gradient",
      Choices{{"rows", "columns", "magnitude"}});
    f("border", border, "what lies outside the image", border_choices());
    f("value", value, "of the constant border");
  }
};

}  // namespace fovea::ops

namespace fovea::ops::FOVEA_PASS {

// Wide is the type of the derivatives: i32 for bytes.
template <class T, class Wide, class R>
struct SobelBody {
  View<const T, 3> x;
  View<R, 3> y;
  Border border;
  T outside;
  bool rows, columns;

  FOVEA_HD Wide at(Index r, Index k, Index c) const { return static_cast<Wide>(r < 0 || k < 0 ? outside : x(r, k, c)); }
  FOVEA_HD void operator()(Index row, Index column, Index c) const {
    Index r[3], k[3];
    for (Index i = 0; i < 3; ++i) {
      r[i] = border_place(row + i - 1, x.extent[0], border);
      k[i] = border_place(column + i - 1, x.extent[1], border);
    }
    const Wide down = (at(r[2], k[0], c) - at(r[0], k[0], c)) + 2 * (at(r[2], k[1], c) - at(r[0], k[1], c)) +
                      (at(r[2], k[2], c) - at(r[0], k[2], c));
    const Wide across = (at(r[0], k[2], c) - at(r[0], k[0], c)) + 2 * (at(r[1], k[2], c) - at(r[1], k[0], c)) +
                        (at(r[2], k[2], c) - at(r[2], k[0], c));
    if (rows && columns) {
      if constexpr (std::is_same_v<R, double>)
        y(row, column, c) = sqrt(down * down + across * across);
      else if constexpr (std::is_same_v<R, float>)
        y(row, column, c) = sqrtf(static_cast<float>(down * down + across * across));
    } else {
      y(row, column, c) = static_cast<R>(rows ? down : across);
    }
  }
};

template <class T, class Wide, class R>
void sobel_as(const Sobel& p, Queue queue, const Array& in, const Array& out) {
  const ImageShape s = image_shape(in.shape(), "sobel");
  const Shape shape{s.rows, s.columns, s.channels};
  const SobelBody<T, Wide, R> body{view<const T, 3>(in.reshape(shape)),
                                   view<R, 3>(out.reshape(shape)),
                                   parse_border(p.border),
                                   border_value<T>(p.value),
                                   p.direction != "columns",
                                   p.direction != "rows"};
  for_each(queue, body.y.extent, body);
}

void sobel(const Sobel& p, Queue queue, std::span<const Array> in, const Array& out) {
  if (in[0].dtype() == DType::f64) return sobel_as<double, double, double>(p, queue, in[0], out);
  if (in[0].dtype() == DType::f32) return sobel_as<float, float, float>(p, queue, in[0], out);
  if (out.dtype() == DType::f32) return sobel_as<std::uint8_t, std::int32_t, float>(p, queue, in[0], out);
  sobel_as<std::uint8_t, std::int32_t, std::int16_t>(p, queue, in[0], out);
}

TensorSpec infer_sobel(const void* params, std::span<const TensorSpec> in) {
  const Sobel& p = *static_cast<const Sobel*>(params);
  image_shape(in[0].shape, "sobel");
  const DType bytes = p.direction == "magnitude" ? DType::f32 : DType::i16;
  return {in[0].dtype == DType::u8 ? bytes : in[0].dtype, in[0].shape};
}

bool sobel_call(const Call& call) {
  const DType t = call.inputs[0].dtype;
  return plain(call) && (t == DType::u8 || t == DType::f32 || t == DType::f64);
}

void register_sobel(Registry& r) {
  r.add_op<Sobel>({"sobel", "derivatives of an image, or the gradient's magnitude", {"image"}, infer_sobel});
  r.add_row({"sobel", pass_device, "portable", sobel_call, simple_kernel<Sobel, sobel>});
}

}  // namespace fovea::ops::FOVEA_PASS

#if !defined(__CUDACC__)
namespace fovea {
namespace {

Array sobel_of(const Array& image, const char* direction, Border border, double value) {
  return ops::apply("sobel",
                    {{"direction", std::string(direction)}, {"border", ops::name_of(border)}, {"value", value}},
                    {&image, 1});
}

}  // namespace

Array sobel(const Array& image, int axis, Border border, double value) {
  ops::require(axis >= -2 && axis <= 1, "sobel", "expected an axis of -2 to 1, got " + std::to_string(axis));
  return sobel_of(image, axis == 0 || axis == -2 ? "rows" : "columns", border, value);
}
Array sobel_magnitude(const Array& image, Border border, double value) {
  return sobel_of(image, "magnitude", border, value);
}

}  // namespace fovea
#endif
