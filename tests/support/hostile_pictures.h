#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "support/picture.h"
#include "support/png_maker.h"

namespace fovea::test {

inline std::string little(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(i < 8 ? value >> 8 * i : 0);
  return text;
}

inline std::string with(std::string file, std::size_t at, const std::string& bytes) {
  return file.replace(at, bytes.size(), bytes);
}

// A JPEG frame header of any size with a scan header behind it and no data.
inline std::string jpeg_of_size(int width, int height, int marker = 0xc0, int precision = 8) {
  const auto word = [](int v) { return std::string{static_cast<char>(v >> 8), static_cast<char>(v)}; };
  return std::string("\xff\xd8\xff") + static_cast<char>(marker) + word(11) + static_cast<char>(precision) +
         word(height) + word(width) + std::string("\1\1\x11\0\xff\xda", 6) + word(8) + std::string("\1\1\0\0\x3f\0", 6);
}

// The segment put right behind SOI.
inline std::string jpeg_with_segment(const std::string& jpeg, int marker, const std::string& body) {
  const std::size_t length = body.size() + 2;
  return jpeg.substr(0, 2) + '\xff' + static_cast<char>(marker) + static_cast<char>(length >> 8) +
         static_cast<char>(length & 255u) + body + jpeg.substr(2);
}

// Exif of one directory at `directory` with one entry.
inline std::string exif_block(std::uint32_t type, std::uint32_t count, std::uint32_t value, std::uint32_t directory = 8,
                              std::uint32_t entries = 1) {
  return std::string("Exif\0\0II*\0", 10) + little(directory, 4) + little(entries, 2) + little(0x0112, 2) +
         little(type, 2) + little(count, 4) + little(value, 4) + little(directory, 4);
}

// A JPEG whose last scan comes `copies` times more.
inline std::string jpeg_repeating_last_scan(const std::string& jpeg, int copies) {
  const std::size_t scan = jpeg.rfind("\xff\xda"), end = jpeg.size() - 2;
  std::string out = jpeg.substr(0, end);
  for (int i = 0; i < copies; ++i) out += jpeg.substr(scan, end - scan);
  return out + "\xff\xd9";
}

// A progressive grey JPEG of side x side pixels, a multiple of 1024, in which each scan but the first says again, in
// two bytes for 2^14 blocks, that there is nothing in them: little to read, much to do.
inline std::string jpeg_of_scans(int side, int scans) {
  const std::string frame = jpeg_of_size(side, side, 0xc2);
  const auto runs = static_cast<std::size_t>(side / 1024 * (side / 1024));
  const std::string steps = std::string("\xff\xdb\0\x43\0", 5) + std::string(64, '\1');
  // Codes of one bit each: no difference; and, with 14 bits behind it, the next 2^14 blocks are empty.
  const auto code = [](char kind, char symbol) {
    return std::string("\xff\xc4\0\x14", 4) + kind + '\1' + std::string(15, '\0') + symbol;
  };
  const std::string first = std::string("\xff\xda\0\x08\1\1\0\0\0\0", 10) + std::string(runs << 11, '\0'),
                    other = std::string("\xff\xda\0\x08\1\1\0\1\x3f\0", 10) + std::string((runs * 15 + 7) / 8, '\0');
  std::string out = frame.substr(0, frame.size() - 10) + steps + code('\0', '\0') + code('\x10', '\xe0') + first;
  for (int i = 1; i < scans; ++i) out += other;
  return out + "\xff\xd9";
}

struct BmpShape {
  std::uint32_t header = 40, width = 4, height = 4, bits = 24, compression = 0, colors = 0, offset = 54;
  std::string data = std::string(64, '\0');
};
inline std::string make_bmp(const BmpShape& b) {
  return "BM" + little(54 + b.data.size(), 4) + little(0, 4) + little(b.offset, 4) + little(b.header, 4) +
         little(b.width, 4) + little(b.height, 4) + little(1, 2) + little(b.bits, 2) + little(b.compression, 4) +
         little(0, 12) + little(b.colors, 4) + little(0, 4) + b.data;
}

struct GifFrame {
  int left = 0, top = 0, width = 1, height = 1;
};
// A canvas with one frame whose code is clear, color 0, end.
inline std::string make_gif(int width, int height, const GifFrame& frame) {
  const auto word = [](int v) { return little(static_cast<std::uint64_t>(v), 2); };
  return "GIF89a" + word(width) + word(height) + std::string("\x80\0\0\1\2\3\4\5\6", 9) + "," + word(frame.left) +
         word(frame.top) + word(frame.width) + word(frame.height) + std::string("\0\2\2\x44\1\0;", 7);
}

// An 8-bit TIFF of one strip with the given extents; `strip` are its offset and byte count.
inline std::string make_tiff(std::uint32_t width, std::uint32_t height, std::uint32_t offset, std::uint32_t count,
                             std::uint32_t bits = 8, std::uint32_t samples = 1, std::uint32_t rows = 0xffffffffu) {
  struct Entry {
    std::uint32_t tag, value;
  };
  const std::vector<Entry> entries{{256, width},  {257, height},  {258, bits}, {259, 1},    {262, 1},
                                   {273, offset}, {277, samples}, {278, rows}, {279, count}};
  std::string out = std::string("II*\0", 4) + little(8, 4) + little(entries.size(), 2);
  for (const Entry& e : entries) {
    const bool word = e.tag == 258 || e.tag == 259 || e.tag == 262 || e.tag == 277;
    out += little(e.tag, 2) + little(word ? 3 : 4, 2) + little(1, 4) + little(e.value, 4);
  }
  return out + little(0, 4) + std::string(16, '\x80');
}

}  // namespace fovea::test
