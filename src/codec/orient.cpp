#include "codec/orient.h"

#include <algorithm>
#include <cstring>

#include "codec/byte_order.h"

namespace fovea::codec {
namespace {

// Where the pixel (y, x) of the result lies in the source: origin + y * down + x * right, in bytes.
struct Walk {
  std::int64_t origin, down, right;
};

Walk walk(int orientation, std::int64_t height, std::int64_t width, std::int64_t channels) {
  const std::int64_t row = width * channels, last_row = (height - 1) * row, last_column = (width - 1) * channels;
  switch (orientation) {
    case 2:
      return {last_column, row, -channels};
    case 3:
      return {last_row + last_column, -row, -channels};
    case 4:
      return {last_row, -row, channels};
    case 5:
      return {0, channels, row};
    case 6:
      return {last_row, channels, -row};
    case 7:
      return {last_row + last_column, -channels, -row};
    case 8:
      return {last_column, -channels, row};
    default:
      return {0, row, channels};
  }
}

// In square blocks, so that a transposing walk finds its cache lines again.
template <int channels>
void gather(const std::uint8_t* source, Walk from, std::uint8_t* target, std::int64_t height, std::int64_t width) {
  constexpr std::int64_t block = 32;
  for (std::int64_t y0 = 0; y0 < height; y0 += block) {
    for (std::int64_t x0 = 0; x0 < width; x0 += block) {
      const std::int64_t y1 = std::min(y0 + block, height), x1 = std::min(x0 + block, width);
      for (std::int64_t y = y0; y < y1; ++y) {
        std::uint8_t* out = target + (y * width + x0) * channels;
        const std::uint8_t* in = source + from.origin + y * from.down + x0 * from.right;
        for (std::int64_t x = x0; x < x1; ++x, out += channels, in += from.right) std::memcpy(out, in, channels);
      }
    }
  }
}

}  // namespace

Array upright(const Array& pixels, int orientation, const std::shared_ptr<Memory>& memory) {
  if (orientation <= 1 || orientation > 8) return pixels;
  const std::int64_t height = pixels.shape()[0], width = pixels.shape()[1], channels = pixels.shape()[2];
  const Walk from = walk(orientation, height, width, channels);
  const std::int64_t out_height = orientation >= 5 ? width : height, out_width = orientation >= 5 ? height : width;
  Array result = Array::empty({out_height, out_width, channels}, DType::u8, memory);
  const auto run = channels == 1 ? gather<1> : channels == 3 ? gather<3> : gather<4>;
  run(u8(pixels), from, u8(result), out_height, out_width);
  return result;
}

}  // namespace fovea::codec
