#include <webp/encode.h>

#include <new>

#include "codec/byte_order.h"
#include "codec/encoder.h"
#include "codec/pixels.h"

namespace fovea::codec {
namespace {

constexpr int lossless_effort = 6;  // 0 to 9; libwebp's own choice

struct Picture {
  WebPPicture value;
  WebPMemoryWriter written;
  Picture() {
    WebPMemoryWriterInit(&written);
    if (!WebPPictureInit(&value)) throw Error(Errc::internal, "encode: webp: the library is of another version");
    value.writer = WebPMemoryWrite;
    value.custom_ptr = &written;
  }
  ~Picture() {
    WebPPictureFree(&value);
    WebPMemoryWriterClear(&written);
  }
  Picture(const Picture&) = delete;
  Picture& operator=(const Picture&) = delete;
};

WebPConfig config_of(const EncodeOptions& options) {
  WebPConfig config;
  bool known = WebPConfigInit(&config) != 0;
  if (options.lossless) known = known && WebPConfigLosslessPreset(&config, lossless_effort);
  if (!known) throw Error(Errc::internal, "encode: webp: the library is of another version");
  if (!options.lossless) config.quality = static_cast<float>(options.quality);
  config.exact = 1;  // keeps the colors under transparent pixels
  return config;
}

// libwebp takes three or four samples a pixel.
Array with_colors(const Array& pixels) {
  const Shape& shape = pixels.shape();
  if (shape[2] != 1) return pixels;
  Array rgb = Array::empty({shape[0], shape[1], 3}, DType::u8);
  convert_row(u8(pixels), Layout::grey, u8(rgb), static_cast<std::size_t>(pixels.size()), {.channels = 3});
  return rgb;
}

[[noreturn]] void fail(WebPEncodingError code, const Array& pixels) {
  switch (code) {
    case VP8_ENC_ERROR_OUT_OF_MEMORY:
    case VP8_ENC_ERROR_BITSTREAM_OUT_OF_MEMORY:
      throw std::bad_alloc();
    case VP8_ENC_ERROR_PARTITION0_OVERFLOW:
    case VP8_ENC_ERROR_PARTITION_OVERFLOW:
    case VP8_ENC_ERROR_FILE_TOO_BIG:
      refuse_size("webp", pixels, "its parts are too long for the format; lower the quality or use lossless");
    default:
      throw Error(Errc::internal, "encode: webp: error " + std::to_string(code) + " of the library");
  }
}

std::vector<std::byte> encode(const Array& given, const EncodeOptions& options) {
  const WebPConfig config = config_of(options);
  const Array pixels = with_colors(given);
  const Shape& shape = pixels.shape();
  Picture picture;
  picture.value.use_argb = options.lossless;
  picture.value.width = static_cast<int>(shape[1]);
  picture.value.height = static_cast<int>(shape[0]);
  const int stride = static_cast<int>(shape[1] * shape[2]);
  const auto import = shape[2] == 4 ? WebPPictureImportRGBA : WebPPictureImportRGB;
  if (!import(&picture.value, u8(pixels), stride) || !WebPEncode(&config, &picture.value))
    fail(picture.value.error_code, given);
  const auto* first = reinterpret_cast<const std::byte*>(picture.written.mem);
  return {first, first + picture.written.size};
}

}  // namespace

Encoder webp_encoder() {
  return {"webp", {".webp"}, true, WEBP_MAX_DIMENSION, encode};
}

}  // namespace fovea::codec
