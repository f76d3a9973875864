#pragma once
#include <array>
#include <cstdint>

#include "codec/codec.h"

namespace fovea::codec {

struct BmpHeader {
  enum class Coding : std::uint8_t { palette, rle4, rle8, bgr, fields };
  ImageInfo info;
  Coding coding = Coding::palette;
  int bits = 0;  // per pixel
  bool top_down = false;
  std::size_t data = 0;                                    // where the pixels begin
  std::array<std::uint32_t, 4> masks{};                    // red, green, blue, alpha (0: opaque)
  std::array<std::array<std::uint8_t, 4>, 256> palette{};  // RGBA; black where the file has none
};

// The file header, any of the information headers (OS/2, Windows 3 to 5), masks and palette.
Result<BmpHeader> read_bmp_header(Bytes, const Limits&);

}  // namespace fovea::codec
