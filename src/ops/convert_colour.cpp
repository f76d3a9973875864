#include "fovea/colour.h"
#include "ops/filter/colour.h"
#include "ops/op.h"

namespace fovea::ops {

struct ConvertColour {
  std::string conversion = "rgb_to_grey";

  static std::vector<std::string> names() {  // in the order of Conversion
    return {"rgb_to_bgr", "rgb_to_grey", "grey_to_rgb",   "rgb_to_ycbcr", "ycbcr_to_rgb",
            "rgb_to_hsv", "hsv_to_rgb",  "rgb_to_linear", "linear_to_rgb"};
  }
  Conversion kind() const {
    const std::vector<std::string> all = names();
    std::size_t k = 0;
    while (k + 1 < all.size() && all[k] != conversion) ++k;
    return static_cast<Conversion>(k);
  }

  template <class F>
  void fields(F&& f) {
    f("conversion", conversion, "from which colour space to which", Choices{names()});
  }
};

}  // namespace fovea::ops

namespace fovea::ops::FOVEA_PASS {

template <class T, class R, Conversion C>
struct ColourBody {
  const T* in;
  R* out;

  FOVEA_HD void operator()(Index pixel) const {
    constexpr Index from = C == Conversion::grey_to_rgb ? 1 : 3, to = C == Conversion::rgb_to_grey ? 1 : 3;
    const T* x = in + pixel * from;
    R* y = out + pixel * to;
    if constexpr (C == Conversion::rgb_to_bgr) {
      y[0] = x[2], y[1] = x[1], y[2] = x[0];
    } else if constexpr (C == Conversion::rgb_to_grey) {
      y[0] = grey_of(x[0], x[1], x[2]);
    } else if constexpr (C == Conversion::grey_to_rgb) {
      y[0] = y[1] = y[2] = x[0];
    } else if constexpr (C == Conversion::rgb_to_ycbcr) {
      ycbcr_of(x, y);
    } else if constexpr (C == Conversion::ycbcr_to_rgb) {
      rgb_of_ycbcr(x, y);
    } else if constexpr (C == Conversion::rgb_to_hsv) {
      hsv_of(x, y);
    } else if constexpr (C == Conversion::hsv_to_rgb) {
      rgb_of_hsv(x, y);
    } else {
      for (int c = 0; c < 3; ++c) {
        const float v = sizeof(T) == 1 ? static_cast<float>(x[c]) / 255.0f : static_cast<float>(x[c]);
        y[c] = static_cast<R>(C == Conversion::rgb_to_linear ? linear_of(v) : curved_of(v));
      }
    }
  }
};

template <Conversion C>
void convert_as(Queue queue, const Array& in, const Array& out) {
  const Index pixels[] = {C == Conversion::rgb_to_grey ? out.size()
                                                       : in.size() / (C == Conversion::grey_to_rgb ? 1 : 3)};
  constexpr bool light = C == Conversion::rgb_to_linear || C == Conversion::linear_to_rgb;
  using Bytes = std::conditional_t<light, float, std::uint8_t>;
  if (in.dtype() == DType::u8)
    for_each(queue, pixels,
             ColourBody<std::uint8_t, Bytes, C>{reinterpret_cast<const std::uint8_t*>(in.data()),
                                                reinterpret_cast<Bytes*>(out.data())});
  else
    for_each(
        queue, pixels,
        ColourBody<float, float, C>{reinterpret_cast<const float*>(in.data()), reinterpret_cast<float*>(out.data())});
}

void convert_colour(const ConvertColour& p, Queue queue, std::span<const Array> in, const Array& out) {
  switch (p.kind()) {
    case Conversion::rgb_to_bgr:
      return convert_as<Conversion::rgb_to_bgr>(queue, in[0], out);
    case Conversion::rgb_to_grey:
      return convert_as<Conversion::rgb_to_grey>(queue, in[0], out);
    case Conversion::grey_to_rgb:
      return convert_as<Conversion::grey_to_rgb>(queue, in[0], out);
    case Conversion::rgb_to_ycbcr:
      return convert_as<Conversion::rgb_to_ycbcr>(queue, in[0], out);
    case Conversion::ycbcr_to_rgb:
      return convert_as<Conversion::ycbcr_to_rgb>(queue, in[0], out);
    case Conversion::rgb_to_hsv:
      return convert_as<Conversion::rgb_to_hsv>(queue, in[0], out);
    case Conversion::hsv_to_rgb:
      return convert_as<Conversion::hsv_to_rgb>(queue, in[0], out);
    case Conversion::rgb_to_linear:
      return convert_as<Conversion::rgb_to_linear>(queue, in[0], out);
    case Conversion::linear_to_rgb:
      return convert_as<Conversion::linear_to_rgb>(queue, in[0], out);
  }
}

TensorSpec infer_convert_colour(const void* params, std::span<const TensorSpec> in) {
  const Conversion kind = static_cast<const ConvertColour*>(params)->kind();
  TensorSpec out{in[0].dtype, in[0].shape};
  const Index channels = kind == Conversion::grey_to_rgb ? 1 : 3;
  require(!out.shape.empty() && out.shape.back() == channels, "convert_colour",
          "expected an image with " + std::to_string(channels) + " channels last, got " + to_string(out.shape));
  out.shape.back() = kind == Conversion::rgb_to_grey ? 1 : 3;
  if (kind == Conversion::rgb_to_linear && out.dtype == DType::u8) out.dtype = DType::f32;
  return out;
}

bool colour_call(const Call& call) {
  const bool bytes = call.inputs[0].dtype == DType::u8 && call.as<ConvertColour>().kind() != Conversion::linear_to_rgb;
  return plain(call) && (bytes || call.inputs[0].dtype == DType::f32);
}

void register_convert_colour(Registry& r) {
  r.add_op<ConvertColour>({"convert_colour", "an image in another colour space", {"image"}, infer_convert_colour});
  r.add_row({"convert_colour", pass_device, "portable", colour_call, simple_kernel<ConvertColour, convert_colour>});
}

}  // namespace fovea::ops::FOVEA_PASS

#if !defined(__CUDACC__)
namespace fovea {

Array convert_colour(const Array& image, std::string_view conversion) {
  return ops::apply("convert_colour", {{"conversion", std::string(conversion)}}, {&image, 1});
}

}  // namespace fovea
#endif
