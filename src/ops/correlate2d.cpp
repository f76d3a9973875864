#include "fovea/correlate.h"
#include "ops/correlate/element.h"
#include "ops/correlate/geometry.h"

namespace fovea::ops::FOVEA_PASS {

// One sum in the order of the taps.
template <class A>
struct CorrelateBody {
  const void *image, *kernel;
  DType image_type, kernel_type, type;
  View<const std::byte, 3> x;  // extents and strides of the image: [height, width, channels]
  View<const std::byte, 2> k;
  void* y;
  Index width, channels, top, left;
  Border border;
  A fill;
  bool conjugate_taps, conjugate_result;

  FOVEA_HD A tap(Index i, Index j) const {
    A value = load_as<A>(kernel, kernel_type, i * k.stride[0] + j * k.stride[1]);
    if constexpr (IsPair<A>::value)
      if (conjugate_taps) value.im = -value.im;
    return value;
  }

  FOVEA_HD void operator()(Index row, Index column, Index c) const {
    A sum{};
    for (Index i = 0; i < k.extent[0]; ++i) {
      const Index from_row = at_border(row + i - top, x.extent[0], border);
      for (Index j = 0; j < k.extent[1]; ++j) {
        const Index from = at_border(column + j - left, x.extent[1], border);
        const A value =
            from_row < 0 || from < 0
                ? fill
                : load_as<A>(image, image_type, from_row * x.stride[0] + from * x.stride[1] + c * x.stride[2]);
        sum += tap(i, j) * value;
      }
    }
    if constexpr (IsPair<A>::value)
      if (conjugate_result) sum.im = -sum.im;
    store_as(y, type, (row * width + column) * channels + c, sum);
  }
};

template <class A>
void correlate_as(const Correlate& p, const Operands& o, Queue queue, const Array& out) {
  const Shape &xs = o.image.shape(), &ks = o.kernel.shape();
  const Index extent[3] = {out.shape()[0], out.shape()[1], o.channels()};
  for_each(
      queue, extent,
      CorrelateBody<A>{
          o.image.data(),
          o.kernel.data(),
          o.image.dtype(),
          o.kernel.dtype(),
          out.dtype(),
          {nullptr, {xs[0], xs[1], o.channels()}, {o.image.strides()[0], o.image.strides()[1], o.channel_stride()}},
          {nullptr, {ks[0], ks[1]}, {o.kernel.strides()[0], o.kernel.strides()[1]}},
          out.data(),
          extent[1],
          extent[2],
          o.top,
          o.left,
          o.border,
          fill_as<A>(p.fillvalue, out.dtype()),
          o.conjugate_taps,
          o.conjugate_result});
}

template <bool Convolve>
void correlate(const Correlate& p, Queue queue, std::span<const Array> in, const Array& out) {
  const Operands o = operands(p, Convolve, in);
  switch (out.dtype()) {
    case DType::f16:
    case DType::bf16:
    case DType::f32:
      return correlate_as<float>(p, o, queue, out);
    case DType::f64:
      return correlate_as<double>(p, o, queue, out);
    case DType::c64:
      return correlate_as<Pair<float>>(p, o, queue, out);
    case DType::c128:
      return correlate_as<Pair<double>>(p, o, queue, out);
    case DType::i64:
      return correlate_as<std::uint64_t>(p, o, queue, out);
    default:
      return correlate_as<std::uint32_t>(p, o, queue, out);
  }
}

bool correlates(const Call& call) {
  if (!plain(call)) return false;
#if defined(__CUDACC__)
  for (const TensorSpec& spec : call.inputs)
    if (spec.dtype == DType::f16 || spec.dtype == DType::bf16) return false;
#endif
  return call.output.dtype != DType::boolean;
}

TensorSpec infer_correlate2d(const void* params, std::span<const TensorSpec> in) {
  return infer_correlate("correlate2d", *static_cast<const Correlate*>(params), in);
}
TensorSpec infer_convolve2d(const void* params, std::span<const TensorSpec> in) {
  return infer_correlate("convolve2d", *static_cast<const Correlate*>(params), in);
}

void register_correlate2d(Registry& r) {
  r.add_op<Correlate>({.name = "correlate2d",
                       .summary = "sums of products of an image's windows with a kernel",
                       .inputs = {"image", "kernel"},
                       .infer = infer_correlate2d,
                       .strided = true});
  r.add_op<Correlate>({.name = "convolve2d",
                       .summary = "correlate2d with the kernel turned by 180 degrees and not conjugated",
                       .inputs = {"image", "kernel"},
                       .infer = infer_convolve2d,
                       .strided = true});
  r.add_row({"correlate2d", pass_device, "portable", correlates, simple_kernel<Correlate, correlate<false>>});
  r.add_row({"convolve2d", pass_device, "portable", correlates, simple_kernel<Correlate, correlate<true>>});
}

}  // namespace fovea::ops::FOVEA_PASS

#if !defined(__CUDACC__)
namespace fovea {
namespace {

Array run(std::string_view op, const Array& image, const Array& kernel, const CorrelateOptions& options) {
  static constexpr const char* modes[] = {"full", "same", "valid"};
  static constexpr const char* boundaries[] = {"fill", "wrap", "reflect", "nearest"};
  static constexpr const char* methods[] = {"auto", "direct", "separable", "fft"};
  const Array inputs[] = {image, kernel};
  return ops::apply(op,
                    {{"mode", std::string(modes[static_cast<int>(options.mode)])},
                     {"boundary", std::string(boundaries[static_cast<int>(options.boundary)])},
                     {"fillvalue", options.fillvalue},
                     {"method", std::string(methods[static_cast<int>(options.method)])}},
                    inputs);
}

}  // namespace

Array correlate2d(const Array& image, const Array& kernel, const CorrelateOptions& options) {
  return run("correlate2d", image, kernel, options);
}

Array convolve2d(const Array& image, const Array& kernel, const CorrelateOptions& options) {
  return run("convolve2d", image, kernel, options);
}

}  // namespace fovea
#endif
