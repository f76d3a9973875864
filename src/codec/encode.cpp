#include <algorithm>
#include <new>
#include <string>

#include "array/host.h"
#include "codec/encoder.h"

namespace fovea {
namespace codec {

#define X(stem) Encoder stem##_encoder();
#include "encoder_leaves.inc"
#undef X

const std::vector<Encoder>& encoders() {
  static const std::vector<Encoder> all = {
#define X(stem) stem##_encoder(),
#include "encoder_leaves.inc"
#undef X
  };
  return all;
}

void refuse_size(std::string_view format, const Array& pixels, std::string_view why) {
  throw Error(Errc::limit_side,
              "encode: " + std::string(format) + ": " + to_string(pixels.shape()) + ": " + std::string(why));
}

namespace {

const Encoder& find(const std::string& format) {
  std::string names;
  for (const Encoder& encoder : encoders()) {
    if (encoder.name == format) return encoder;
    names += (names.empty() ? "" : ", ") + std::string(encoder.name);
  }
  throw Error(Errc::invalid_argument, "encode: expected a format of " + names + ", got '" + format + "'");
}

void check(const Encoder& encoder, const Array& pixels, const EncodeOptions& options) {
  const Shape& shape = pixels.shape();
  if (pixels.dtype() != DType::u8 || shape.size() != 3 || pixels.size() == 0 ||
      (shape[2] != 1 && shape[2] != 3 && !(shape[2] == 4 && encoder.alpha)))
    throw Error(Errc::invalid_argument, "encode: " + std::string(encoder.name) +
                                            ": expected pixels u8 [height, width, " +
                                            (encoder.alpha ? "1, 3 or 4" : "1 or 3") + "], got " +
                                            std::string(name(pixels.dtype())) + " " + to_string(shape));
  if (options.quality < 1 || options.quality > 100)
    throw Error(Errc::invalid_argument,
                "encode: expected a quality from 1 to 100, got " + std::to_string(options.quality));
  if (std::max(shape[0], shape[1]) > encoder.max_side)
    refuse_size(encoder.name, pixels, "sides are at most " + std::to_string(encoder.max_side) + " pixels");
  require_host("encode", pixels);
}

}  // namespace
}  // namespace codec

std::vector<std::byte> encode(const Array& pixels, const EncodeOptions& options) {
  const codec::Encoder& encoder = codec::find(options.format);
  codec::check(encoder, pixels, options);
  try {
    return encoder.encode(pixels.contiguous() ? pixels : pixels.copy(), options);
  } catch (const std::bad_alloc&) {
    throw Error(Errc::out_of_memory, "encode: no memory for a picture of " + to_string(pixels.shape()));
  }
}

std::string_view format_of_extension(std::string_view extension) {
  std::string small(extension);
  for (char& c : small)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  for (const codec::Encoder& encoder : codec::encoders())
    if (std::find(encoder.extensions.begin(), encoder.extensions.end(), small) != encoder.extensions.end())
      return encoder.name;
  return "";
}

}  // namespace fovea
