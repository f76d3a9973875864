#include <spng.h>

#include <cstdlib>
#include <limits>
#include <memory>
#include <new>
#include <string>

#include "codec/byte_order.h"
#include "codec/encoder.h"

namespace fovea::codec {
namespace {

struct Free {
  void operator()(void* block) const { std::free(block); }
};

void check(int code) {
  if (code == SPNG_EMEM) throw std::bad_alloc();
  if (code) throw Error(Errc::internal, std::string("encode: png: ") + spng_strerror(code));
}

std::vector<std::byte> encode(const Array& pixels, const EncodeOptions&) {
  const Shape& shape = pixels.shape();
  const std::unique_ptr<spng_ctx, void (*)(spng_ctx*)> png(spng_ctx_new(SPNG_CTX_ENCODER), spng_ctx_free);
  if (!png) throw std::bad_alloc();
  spng_ihdr header{};
  header.width = static_cast<std::uint32_t>(shape[1]);
  header.height = static_cast<std::uint32_t>(shape[0]);
  header.bit_depth = 8;
  header.color_type = shape[2] == 1   ? SPNG_COLOR_TYPE_GRAYSCALE
                      : shape[2] == 3 ? SPNG_COLOR_TYPE_TRUECOLOR
                                      : SPNG_COLOR_TYPE_TRUECOLOR_ALPHA;
  check(spng_set_option(png.get(), SPNG_ENCODE_TO_BUFFER, 1));
  check(spng_set_ihdr(png.get(), &header));
  check(spng_encode_image(png.get(), pixels.data(), static_cast<std::size_t>(pixels.size()), SPNG_FMT_PNG,
                          SPNG_ENCODE_FINALIZE));
  int code = 0;
  std::size_t size = 0;
  const std::unique_ptr<void, Free> file(spng_get_png_buffer(png.get(), &size, &code));
  check(code);
  const auto* first = static_cast<const std::byte*>(file.get());
  return {first, first + size};
}

}  // namespace

Encoder png_encoder() {
  return {"png", {".png"}, true, std::numeric_limits<std::int32_t>::max(), encode};
}

}  // namespace fovea::codec
