#include "ops/prepare_image.h"

#include "kernel/taps_table.h"

namespace fovea::ops::FOVEA_PASS {

// (v / 255 - mean) / std in f32, channels first.
struct NormalizeBody {
  View<const std::uint8_t, 3> x;
  View<float, 3> y;
  const float *mean, *std;

  FOVEA_HD void operator()(Index c, Index row, Index column) const {
    y(c, row, column) = (static_cast<float>(x(row, column, c)) / 255.0f - mean[c]) / std[c];
  }
};

class PrepareKernel final : public Kernel {
 public:
  PrepareKernel(const PrepareImage& p, const Shape& in)
      : crop_(p.crop), mean_({p.mean.begin(), p.mean.end()}), std_({p.std.begin(), p.std.end()}) {
    const PrepareGeometry at(p, in[0], in[1]);
    const Taps rows = make_taps(in[0], at.height, at.top, p.crop, p.filter);
    columns_ = TapsTable(make_taps(in[1], at.width, at.left, p.crop, p.filter));
    rows_ = TapsTable(rows);
    first_ = rows.first.front();
    kept_ = rows.first.back() + rows.count.back() - first_;
  }

  void run(Queue queue, std::span<const Array> in, const Array& out) override {
    using Pixel = std::uint8_t;
    const Index channels = in[0].shape()[2], row = crop_ * channels;
    const Scratch<Pixel> narrow(queue, kept_ * row), square(queue, crop_ * row);
    const View<Pixel, 3> kept{narrow.data(), {kept_, crop_, channels}, {row, channels, 1}};
    const View<Pixel, 3> cropped{square.data(), {crop_, crop_, channels}, {row, channels, 1}};
    const ResampleColumns<Pixel> across{view<const Pixel, 3>(in[0]), kept, columns_.view(), first_};
    for_each(queue, across.y.extent, across);
    const ResampleRows<Pixel> down{read_only(kept), cropped, rows_.view(), first_};
    for_each(queue, down.y.extent, down);
    const NormalizeBody normalize{read_only(cropped), view<float, 3>(out), mean_.data(), std_.data()};
    for_each(queue, normalize.y.extent, normalize);
  }

 private:
  Index crop_, first_ = 0, kept_ = 0;  // rows [first, first + kept) of the picture are used
  TapsTable columns_, rows_;
  Table<float> mean_, std_;
};

std::unique_ptr<Kernel> prepare_prepare_image(const Call& call) {
  return std::make_unique<PrepareKernel>(call.as<PrepareImage>(), call.inputs[0].shape);
}

TensorSpec infer_prepare_image(const void* params, std::span<const TensorSpec> in) {
  const PrepareImage& p = *static_cast<const PrepareImage*>(params);
  const Shape& x = in[0].shape;
  require(in[0].dtype == DType::u8 && x.size() == 3 && x[0] > 0 && x[1] > 0, "prepare_image",
          "expected u8 [height, width, channels], got " + std::string(name(in[0].dtype)) + to_string(x));
  require(p.crop <= p.resize, "prepare_image",
          "expected crop of at most resize, got " + std::to_string(p.crop) + " of " + std::to_string(p.resize));
  require(p.scaled_from.empty() || p.scaled_from.size() == 2, "prepare_image",
          "expected scaled_from of a height and a width, got " + std::to_string(p.scaled_from.size()) + " numbers");
  const auto channels = static_cast<std::size_t>(x[2]);
  require(p.mean.size() == channels && p.std.size() == channels, "prepare_image",
          "expected mean and std of " + std::to_string(channels) + " channels");
  for (double s : p.std) require(s > 0, "prepare_image", "expected std above 0");
  return {DType::f32, {x[2], p.crop, p.crop}};
}

void register_prepare_image(Registry& r) {
  r.add_op<PrepareImage>({"prepare_image",
                          "resize, centre crop, scale and normalise: torchvision's contract, to the bit",
                          {"image"},
                          infer_prepare_image});
  r.add_row({"prepare_image", pass_device, "portable", any_call, prepare_prepare_image});
}

}  // namespace fovea::ops::FOVEA_PASS
