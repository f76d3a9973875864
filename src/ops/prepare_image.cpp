#include "ops/prepare_image.h"

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

void prepare_image(const PrepareImage& p, Queue queue, std::span<const Array> in, const Array& out) {
  using Pixel = std::uint8_t;
  const Index channels = in[0].shape()[2];
  const PrepareGeometry at(p, in[0].shape()[0], in[0].shape()[1]);
  const Taps columns = make_taps(in[0].shape()[1], at.width, at.left, p.crop, p.filter);
  const Taps rows = make_taps(in[0].shape()[0], at.height, at.top, p.crop, p.filter);
  const Index first = rows.first.front(), last = rows.first.back() + rows.count.back();

  const Array narrow = Array::empty({last - first, p.crop, channels}, DType::u8);
  const ResampleColumns<Pixel> across{view<const Pixel, 3>(in[0]), view<Pixel, 3>(narrow), columns, first};
  for_each(queue, across.y.extent, across);
  const Array square = Array::empty({p.crop, p.crop, channels}, DType::u8);
  const ResampleRows<Pixel> down{view<const Pixel, 3>(narrow), view<Pixel, 3>(square), rows, first};
  for_each(queue, down.y.extent, down);

  const std::vector<float> mean(p.mean.begin(), p.mean.end()), std(p.std.begin(), p.std.end());
  const NormalizeBody normalize{view<const Pixel, 3>(square), view<float, 3>(out), mean.data(), std.data()};
  for_each(queue, normalize.y.extent, normalize);
}

TensorSpec infer_prepare_image(const void* params, std::span<const TensorSpec> in) {
  const PrepareImage& p = *static_cast<const PrepareImage*>(params);
  const Shape& x = in[0].shape;
  require(in[0].dtype == DType::u8 && x.size() == 3 && x[0] > 0 && x[1] > 0, "prepare_image",
          "expected u8 [height, width, channels], got " + std::string(name(in[0].dtype)) + to_string(x));
  require(p.crop <= p.resize, "prepare_image",
          "expected crop of at most resize, got " + std::to_string(p.crop) + " of " + std::to_string(p.resize));
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
  r.add_row({"prepare_image", pass_device, "portable", any_call, simple_kernel<PrepareImage, prepare_image>});
}

}  // namespace fovea::ops::FOVEA_PASS
