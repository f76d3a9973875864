#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fovea::test {

// A writer of PNG files that shares nothing with the reader: stored deflate blocks, no filter, any kind.
inline std::string big32(std::uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16), static_cast<char>(value >> 8),
          static_cast<char>(value)};
}

inline std::uint32_t crc32(std::string_view text) {
  std::uint32_t crc = 0xffffffffu;
  for (const char c : text) {
    crc ^= static_cast<unsigned char>(c);
    for (int k = 0; k < 8; ++k) crc = crc & 1u ? 0xedb88320u ^ (crc >> 1) : crc >> 1;
  }
  return ~crc;
}

inline std::string png_chunk(std::string_view type, std::string_view body) {
  const std::string checked = std::string(type) + std::string(body);
  return big32(static_cast<std::uint32_t>(body.size())) + checked + big32(crc32(checked));
}

inline std::string stored_deflate(std::string_view data) {
  std::string out = "\x78\x01";
  std::uint32_t a = 1, b = 0;
  for (const char c : data) {
    a = (a + static_cast<unsigned char>(c)) % 65521u;
    b = (b + a) % 65521u;
  }
  do {
    const std::size_t n = std::min<std::size_t>(data.size(), 65535);
    const auto length = static_cast<std::uint16_t>(n), inverse = static_cast<std::uint16_t>(~length);
    out += n == data.size() ? '\1' : '\0';
    for (const std::uint16_t word : {length, inverse}) {
      out += static_cast<char>(word & 255);
      out += static_cast<char>(word >> 8);
    }
    out += data.substr(0, n);
    data.remove_prefix(n);
  } while (!data.empty());
  return out + big32(b << 16 | a);
}

struct PngKind {
  std::uint32_t width = 1, height = 1;
  int bits = 8, color_type = 0;
  bool interlaced = false;
};

inline std::string png_header(const PngKind& kind) {
  std::string body = big32(kind.width) + big32(kind.height);
  for (const int value : {kind.bits, kind.color_type, 0, 0, kind.interlaced ? 1 : 0}) body += static_cast<char>(value);
  return std::string("\x89PNG\r\n\x1a\n") + png_chunk("IHDR", body);
}

inline std::size_t png_samples(int color_type) {
  return color_type == 2 ? 3 : color_type == 4 ? 2 : color_type == 6 ? 4 : 1;
}

// The filtered scan lines of `samples` [height, width, png_samples()].
inline std::string png_lines(const PngKind& kind, const std::vector<std::uint16_t>& samples) {
  struct Pass {
    std::uint32_t y, x, down, right;
  };
  static constexpr std::array<Pass, 7> adam7{
      {{0, 0, 8, 8}, {0, 4, 8, 8}, {4, 0, 8, 4}, {0, 2, 4, 4}, {2, 0, 4, 2}, {0, 1, 2, 2}, {1, 0, 2, 1}}};
  const std::size_t count = png_samples(kind.color_type);
  std::string lines;
  const auto add = [&](const Pass& pass) {
    for (std::uint32_t y = pass.y; y < kind.height && pass.x < kind.width; y += pass.down) {
      lines += '\0';
      unsigned packed = 0;
      int filled = 0;
      for (std::uint32_t x = pass.x; x < kind.width; x += pass.right) {
        for (std::size_t c = 0; c < count; ++c) {
          const std::uint16_t sample = samples[(std::size_t{y} * kind.width + x) * count + c];
          if (kind.bits == 16) lines += static_cast<char>(sample >> 8);
          packed = packed << (kind.bits & 15) | sample;
          filled += kind.bits & 15;
          if (kind.bits == 16 || filled == 8) {
            lines += static_cast<char>(packed & 255u);
            packed = 0;
            filled = 0;
          }
          if (kind.bits == 16) packed = 0;
        }
      }
      if (filled > 0) lines += static_cast<char>(packed << (8 - filled) & 255u);
    }
  };
  if (kind.interlaced)
    for (const Pass& pass : adam7) add(pass);
  else
    add({0, 0, 1, 1});
  return lines;
}

// `middle` goes between IHDR and IDAT.
inline std::string make_png(const PngKind& kind, const std::vector<std::uint16_t>& samples,
                            std::string_view middle = "") {
  return png_header(kind) + std::string(middle) + png_chunk("IDAT", stored_deflate(png_lines(kind, samples))) +
         png_chunk("IEND", "");
}

}  // namespace fovea::test
