#pragma once
#include <cstddef>
#include <cstdint>

namespace fovea::codec {

// What a row of u8 samples holds. cmyk: 255 is full ink.
enum class Layout : std::uint8_t { grey, grey_alpha, rgb, rgba, cmyk };
int channels_of(Layout);

// What rows become: `channels` 1 (ITU-R 601 luma), 3 (RGB) or 4 (RGBA); background as in DecodeOptions.
struct Target {
  int channels = 3;
  std::int32_t background = -1;
  // Whether the alpha of the source matters to the result.
  bool wants_alpha() const { return channels == 4 || background >= 0; }
};

// One row of `width` pixels. `source` and `target` do not overlap.
void convert_row(const std::uint8_t* source, Layout from, std::uint8_t* target, std::size_t width, Target to);

// round(v / 257), in host byte order.
void narrow_row(const std::uint16_t* source, std::uint8_t* target, std::size_t samples);

// Samples of 1, 2 or 4 bits, the most significant first, each to a byte of its own value.
void unpack_row(const std::uint8_t* source, int bits, std::uint8_t* target, std::size_t samples);

// round(value * 255 / maximum), halves up, for value <= maximum <= 65535.
inline std::uint8_t scale_sample(std::uint32_t value, std::uint32_t maximum) {
  return static_cast<std::uint8_t>((value * 255u + maximum / 2u) / maximum);
}

// round(a * b / 255) for a * b <= 65025.
inline std::uint32_t divide_255(std::uint32_t product) {
  const std::uint32_t t = product + 128u;
  return (t + (t >> 8)) >> 8;
}

}  // namespace fovea::codec
