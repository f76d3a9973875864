#include "ops/correlate/geometry.h"

#include <cmath>

#include "base/checked.h"

namespace fovea::ops {
namespace {

// Valid sums of a kernel that is larger than the image: the two change places.
bool swaps(const Correlate& p, const Shape& image, const Shape& kernel) {
  return p.mode == "valid" && (kernel[0] > image[0] || kernel[1] > image[1]);
}

DType float_of_bytes(std::size_t bytes) {
  return bytes <= 4 ? DType::f32 : DType::f64;
}

void check_fill(std::string_view op, double fill, DType type) {
  if (!is_integer(type)) return;
  const int bits = static_cast<int>(size_of(type)) * 8;
  const bool is_unsigned = type == DType::u8 || type == DType::u16;
  const double low = is_unsigned ? 0 : -std::ldexp(1.0, bits - 1);
  const double high = std::ldexp(1.0, is_unsigned ? bits : bits - 1);
  require(std::trunc(fill) >= low && std::trunc(fill) < high, op,
          "fillvalue: expected a value of " + std::string(name(type)) + ", got " + std::to_string(fill));
}

}  // namespace

DType promote(DType a, DType b) {
  if (a == b) return a;
  if (a > b) std::swap(a, b);  // the order of DType: bool, integers, floats, complex
  if (a == DType::boolean) return b;
  if (is_complex(b)) {
    const bool wide = b == DType::c128 || a == DType::f64 || a == DType::i32 || a == DType::i64;
    return wide ? DType::c128 : DType::c64;
  }
  if (is_floating(b)) {
    if (is_floating(a)) return b == DType::bf16 ? DType::f32 : b;
    const std::size_t bytes = size_of(a) == 1 ? 2 : size_of(a) == 2 ? 4 : 8;  // the least float that holds a
    return size_of(b) >= bytes ? b : float_of_bytes(bytes);
  }
  const auto is_unsigned = [](DType t) { return t == DType::u8 || t == DType::u16; };
  if (is_unsigned(a) == is_unsigned(b) || (!is_unsigned(b) && size_of(b) > size_of(a))) return b;
  if (is_unsigned(b) && size_of(b) < size_of(a)) return a;
  const std::size_t bytes = 2 * std::max(size_of(a), size_of(b));  // signed and as wide an unsigned one
  return bytes == 2 ? DType::i16 : DType::i32;
}

TensorSpec infer_correlate(std::string_view op, const Correlate& p, std::span<const TensorSpec> in) {
  const Shape &image = in[0].shape, &kernel = in[1].shape;
  require(image.size() == 2 || image.size() == 3, op,
          "image: expected [height, width] or [height, width, channels], got " + to_string(image));
  require(kernel.size() == 2, op, "kernel: expected [height, width], got " + to_string(kernel));
  for (const Shape& shape : {image, kernel})
    for (Index extent : shape) require(extent > 0, op, "expected at least one element, got " + to_string(shape));
  const DType type = promote(in[0].dtype, in[1].dtype);
  if (p.boundary == "fill") check_fill(op, p.fillvalue, type);
  const bool swapped = swaps(p, image, kernel);
  require(!swapped || (kernel[0] >= image[0] && kernel[1] >= image[1]), op,
          "expected image or kernel to be the larger in both extents for valid sums, got " + to_string(image) +
              " and " + to_string(kernel));
  require(!swapped || image.size() == 2, op,
          "expected an image with channels no smaller than the kernel for valid sums, got " + to_string(image) +
              " and " + to_string(kernel));
  require(p.method != "fft" || type == DType::f32 || type == DType::f64, op,
          "method fft: expected f32 or f64, got " + std::string(name(type)));
  Shape out = image;
  for (std::size_t k = 0; k < 2; ++k) {
    std::int64_t sum = 0;
    require(!__builtin_add_overflow(image[k], kernel[k], &sum), op,
            "expected extents of less than 2^63, got " + to_string(image) + " and " + to_string(kernel));
    if (p.mode == "full") out[k] = sum - 1;
    if (p.mode == "valid") out[k] = std::abs(image[k] - kernel[k]) + 1;
  }
  return {type, out};
}

Operands operands(const Correlate& p, bool convolve, std::span<const Array> in) {
  const auto turned = [](const Array& a) { return a.slice(0, {.step = -1}).slice(1, {.step = -1}); };
  Operands o;
  o.image = in[0];
  o.kernel = in[1];
  o.border = p.boundary == "wrap"      ? Border::wrap
             : p.boundary == "reflect" ? Border::reflect
             : p.boundary == "nearest" ? Border::nearest
                                       : Border::fill;
  o.conjugate_taps = !convolve;
  if (swaps(p, in[0].shape(), in[1].shape())) {
    // Correlation: sum of a(l) conj(b(l + m)), m from the end, is that of both turned, conjugated.
    o.image = convolve ? in[1] : turned(in[1]);
    o.kernel = convolve ? in[0] : turned(in[0]);
    o.conjugate_result = !convolve;
  }
  if (convolve) o.kernel = turned(o.kernel);
  const Index h = o.kernel.shape()[0], w = o.kernel.shape()[1];
  if (p.mode == "full") o.top = h - 1, o.left = w - 1;
  if (p.mode == "same") o.top = (convolve ? h : h - 1) / 2, o.left = (convolve ? w : w - 1) / 2;
  return o;
}

}  // namespace fovea::ops
