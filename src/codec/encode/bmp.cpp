#include <cstring>
#include <limits>

#include "codec/byte_order.h"
#include "codec/encoder.h"

namespace fovea::codec {
namespace {

constexpr std::uint32_t file_header = 14, info_header = 40, v4_header = 108;
constexpr std::uint32_t uncompressed = 0, bit_fields = 3, srgb = 0x73524742;
constexpr std::uint32_t pixels_per_metre = 2835;  // 72 an inch

// A grey picture has a palette of 256 greys; RGB has 24 bits a pixel; RGBA 32 with masks, which the header of Windows 4
// is for.
struct Layout {
  std::uint32_t bits, header, palette;
};
Layout layout_of(std::int64_t channels) {
  if (channels == 1) return {8, info_header, 256};
  if (channels == 3) return {24, info_header, 0};
  return {32, v4_header, 0};
}

class Writer {
 public:
  explicit Writer(std::byte* at) : at_(at) {}
  void word(std::uint32_t value) { put(value, 2); }
  void number(std::uint32_t value) { put(value, 4); }
  void skip(std::size_t count) { at_ += count; }

 private:
  void put(std::uint32_t value, int count) {
    for (int i = 0; i < count; ++i) *at_++ = static_cast<std::byte>(value >> 8 * i & 255u);
  }
  std::byte* at_;
};

void write_headers(std::byte* target, const Shape& shape, Layout layout, std::uint32_t offset, std::uint32_t size) {
  Writer out(target);
  out.word('B' | 'M' << 8);
  out.number(size);
  out.number(0);
  out.number(offset);
  out.number(layout.header);
  out.number(static_cast<std::uint32_t>(shape[1]));
  out.number(static_cast<std::uint32_t>(shape[0]));
  out.word(1);
  out.word(layout.bits);
  out.number(layout.header == v4_header ? bit_fields : uncompressed);
  out.number(size - offset);
  out.number(pixels_per_metre);
  out.number(pixels_per_metre);
  out.number(layout.palette);
  out.number(0);
  if (layout.header == v4_header) {
    for (const std::uint32_t mask : {0xff0000u, 0xff00u, 0xffu, 0xff000000u}) out.number(mask);
    out.number(srgb);
  }
  for (std::uint32_t grey = 0; grey < layout.palette; ++grey) out.number(grey * 0x010101u);
}

void write_row(const std::uint8_t* source, std::byte* target, std::size_t width, std::size_t channels) {
  if (channels == 1) {
    std::memcpy(target, source, width);
    return;
  }
  for (std::size_t x = 0; x < width; ++x, source += channels, target += channels) {
    for (std::size_t c = 0; c < 3; ++c) target[c] = static_cast<std::byte>(source[2 - c]);
    if (channels == 4) target[3] = static_cast<std::byte>(source[3]);
  }
}

std::vector<std::byte> encode(const Array& pixels, const EncodeOptions&) {
  const Shape& shape = pixels.shape();
  const auto height = static_cast<std::size_t>(shape[0]), width = static_cast<std::size_t>(shape[1]);
  const auto channels = static_cast<std::size_t>(shape[2]);
  const Layout layout = layout_of(shape[2]);
  const std::uint32_t offset = file_header + layout.header + 4 * layout.palette;
  const std::uint64_t stride = (width * channels + 3) / 4 * 4, size = offset + stride * height;
  if (size > std::numeric_limits<std::uint32_t>::max()) refuse_size("bmp", pixels, "a file is less than 4 GiB");
  std::vector<std::byte> bytes(size);
  write_headers(bytes.data(), shape, layout, offset, static_cast<std::uint32_t>(size));
  for (std::size_t y = 0; y < height; ++y)
    write_row(u8(pixels) + (height - 1 - y) * width * channels, bytes.data() + offset + y * stride, width, channels);
  return bytes;
}

}  // namespace

Encoder bmp_encoder() {
  return {"bmp", {".bmp"}, true, std::numeric_limits<std::int32_t>::max(), encode};
}

}  // namespace fovea::codec
