#include "ops/resize.h"

#include "fovea/filters.h"
#include "kernel/taps_table.h"

namespace fovea::ops::FOVEA_PASS {

// Columns first, rounded to the element type, then rows: Pillow's order, and so its bits for u8.
class ResizeKernel final : public Kernel {
 public:
  ResizeKernel(const Resize& p, const Shape& in)
      : columns_(make_taps(in[1], p.width, 0, p.width, p.filter)),
        rows_(make_taps(in[0], p.height, 0, p.height, p.filter)) {}

  void run(Queue queue, std::span<const Array> in, const Array& out) override {
    switch (in[0].dtype()) {
      case DType::u8:
        return run_as<std::uint8_t>(queue, in[0], out);
      case DType::u16:
        return run_as<std::uint16_t>(queue, in[0], out);
      case DType::f64:
        return run_as<double>(queue, in[0], out);
      default:
        return run_as<float>(queue, in[0], out);
    }
  }

 private:
  template <class T>
  void run_as(Queue queue, const Array& in, const Array& out) const {
    const Index rows = in.shape()[0], columns = out.shape()[1], channels = in.shape()[2];
    const Scratch<T> narrow(queue, rows * columns * channels);
    const View<T, 3> kept{narrow.data(), {rows, columns, channels}, {columns * channels, channels, 1}};
    const ResampleColumns<T> first{view<const T, 3>(in), kept, columns_.view(), 0};
    for_each(queue, first.y.extent, first);
    const ResampleRows<T> second{read_only(kept), view<T, 3>(out), rows_.view(), 0};
    for_each(queue, second.y.extent, second);
  }

  TapsTable columns_, rows_;
};

std::unique_ptr<Kernel> prepare_resize(const Call& call) {
  return std::make_unique<ResizeKernel>(call.as<Resize>(), call.inputs[0].shape);
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
  r.add_row({"resize", pass_device, "portable", resizable, prepare_resize});
}

}  // namespace fovea::ops::FOVEA_PASS

#if !defined(__CUDACC__)
namespace fovea {

Array resize(const Array& image, std::int64_t height, std::int64_t width, const std::string& filter) {
  return ops::apply("resize", {{"height", height}, {"width", width}, {"filter", filter}}, {&image, 1});
}

}  // namespace fovea
#endif
