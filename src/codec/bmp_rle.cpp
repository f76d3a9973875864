#include "codec/bmp_rle.h"

#include "codec/byte_order.h"

namespace fovea::codec {

Result<Array> decode_bmp_runs(Bytes data, bool four_bits, std::int64_t height, std::int64_t width,
                              const std::shared_ptr<Memory>& memory) {
  const Array indices = Array::zeros({height, width}, DType::u8, memory);
  const Error truncated(Errc::truncated, "bmp: the run-length code ends without its end mark");
  const Error outside(Errc::corrupt, "bmp: a run leaves the picture");
  std::int64_t x = 0, y = 0;
  std::size_t at = 0;
  const auto put = [&](std::uint32_t pair, std::int64_t i) {
    const std::uint32_t index = !four_bits ? pair : i % 2 ? pair & 15u : pair >> 4;
    u8(indices)[(height - 1 - y) * width + x++] = static_cast<std::uint8_t>(index);
  };
  for (;;) {
    if (data.size() - at < 2) return truncated;
    const std::uint32_t count = byte_at(data, at), value = byte_at(data, at + 1);
    at += 2;
    if (count > 0) {
      if (y >= height || count > width - x) return outside;
      for (std::int64_t i = 0; i < count; ++i) put(value, i);
    } else if (value == 0) {
      x = 0;
      if (++y > height) return outside;
    } else if (value == 1) {
      return indices;
    } else if (value == 2) {
      if (data.size() - at < 2) return truncated;
      x += byte_at(data, at);
      y += byte_at(data, at + 1);
      at += 2;
      if (x > width || y > height) return outside;
    } else {
      const std::size_t bytes = four_bits ? (value + 1) / 2 : value, padded = bytes + bytes % 2;
      if (data.size() - at < padded) return truncated;
      if (y >= height || value > width - x) return outside;
      for (std::int64_t i = 0; i < value; ++i)
        put(byte_at(data, at + static_cast<std::size_t>(four_bits ? i / 2 : i)), i);
      at += padded;
    }
  }
}

}  // namespace fovea::codec
