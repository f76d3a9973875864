#include "kernel/storage.h"
#include "ops/filter/gaussian.h"
#include "ops/filter/half_image.h"

namespace fovea::ops::FOVEA_PASS {

// Sums along one axis of [outer, axis, inner].
template <class T, class A, class R>
struct WeightedBody {
  View<const T, 3> x;
  View<R, 3> y;
  const double* weights;
  Index radius;
  Border border;
  A outside;

  FOVEA_HD void operator()(Index i, Index j, Index k) const {
    double sum = 0;
    for (Index t = -radius; t <= radius; ++t) {
      const Index place = border_place(j + t, x.extent[1], border);
      sum += weights[t + radius] * static_cast<double>(place < 0 ? outside : static_cast<A>(x(i, place, k)));
    }
    y(i, j, k) = rounded_element<R, A>(static_cast<A>(sum));
  }
};

class GaussianKernel final : public Kernel {
 public:
  explicit GaussianKernel(const GaussianFilter& p)
      : border_(parse_border(p.border)),
        value_(p.value),
        down_(gaussian_weights(p, 0)),
        across_(gaussian_weights(p, 1)) {}

  void run(Queue queue, std::span<const Array> in, const Array& out) override {
    const ImageShape s = image_shape(in[0].shape(), "gaussian_filter");
    if (s.elements() == 0) return;
    switch (in[0].dtype()) {
      case DType::u8:
        return run_as<std::uint8_t, float>(queue, s, in[0], out);
      case DType::u16:
        return run_as<std::uint16_t, float>(queue, s, in[0], out);
      case DType::i16:
        return run_as<std::int16_t, float>(queue, s, in[0], out);
      case DType::f32:
        return run_as<float, float>(queue, s, in[0], out);
#if !defined(__CUDACC__)
      case DType::f16:
        return through_f32(in[0], out, [&](const Array& x, const Array& y) { run_as<float, float>(queue, s, x, y); });
#endif
      default:
        return run_as<double, double>(queue, s, in[0], out);
    }
  }

 private:
  template <class T, class A>
  void run_as(Queue queue, const ImageShape& s, const Array& in, const Array& out) const {
    const A outside = static_cast<A>(border_value<T>(value_));
    const Index line = s.columns * s.channels;
    const Shape by_rows{1, s.rows, line}, by_columns{s.rows, s.columns, s.channels};
    const Scratch<A> kept(queue, s.elements());
    const WeightedBody<T, A, A> first{view<const T, 3>(in.reshape(by_rows)),
                                      {kept.data(), {1, s.rows, line}, {s.elements(), line, 1}},
                                      down_.data(),
                                      down_.size() / 2,
                                      border_,
                                      outside};
    for_each(queue, first.y.extent, first);
    const WeightedBody<A, A, T> second{{kept.data(), {s.rows, s.columns, s.channels}, {line, s.channels, 1}},
                                       view<T, 3>(out.reshape(by_columns)),
                                       across_.data(),
                                       across_.size() / 2,
                                       border_,
                                       outside};
    for_each(queue, second.y.extent, second);
  }

  Border border_;
  double value_;
  Table<double> down_, across_;
};

std::unique_ptr<Kernel> prepare_gaussian_filter(const Call& call) {
  return std::make_unique<GaussianKernel>(call.as<GaussianFilter>());
}

TensorSpec infer_gaussian_filter(const void* params, std::span<const TensorSpec> in) {
  const GaussianFilter& p = *static_cast<const GaussianFilter*>(params);
  image_shape(in[0].shape, "gaussian_filter");
  gaussian_weights(p, 0), gaussian_weights(p, 1);
  return {in[0].dtype, in[0].shape};
}

bool gaussian_call(const Call& call) {
  const DType t = call.inputs[0].dtype;
  return plain(call) && (t == DType::u8 || t == DType::u16 || t == DType::i16 || t == DType::f32 || t == DType::f64 ||
                         half_image(call));
}

void register_gaussian_filter(Registry& r) {
  r.add_op<GaussianFilter>(
      {"gaussian_filter", "smooths an image by a Gaussian window", {"image"}, infer_gaussian_filter});
  r.add_row({"gaussian_filter", pass_device, "portable", gaussian_call, prepare_gaussian_filter});
}

}  // namespace fovea::ops::FOVEA_PASS

#if !defined(__CUDACC__)
namespace fovea {

Array gaussian_filter(const Array& image, std::array<double, 2> sigma, Border border, double truncate, double value) {
  return ops::apply("gaussian_filter",
                    {{"sigma", std::vector<double>{sigma[0], sigma[1]}},
                     {"truncate", truncate},
                     {"border", ops::name_of(border)},
                     {"value", value}},
                    {&image, 1});
}
Array gaussian_filter(const Array& image, double sigma, Border border, double truncate, double value) {
  return gaussian_filter(image, std::array<double, 2>{sigma, sigma}, border, truncate, value);
}

}  // namespace fovea
#endif
