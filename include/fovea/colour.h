#pragma once
#include <string_view>

#include "fovea/array.h"

namespace fovea {

// Converts an image [..., channels] from one colour space to another and returns a new contiguous array. u8, or f32 in
// [0, 1]. Linear cost. Thread-safe. Throws Error: invalid_argument for an unknown name or a wrong number of channels,
// unsupported for other types.
//
//   rgb_to_bgr     the first and third channel exchanged; the way back as well
//   rgb_to_grey    one channel. u8: Pillow's L, (19595 R + 38470 G + 7471 B + 32768) >> 16; f32: 0.299 R + 0.587 G +
//                  0.114 B
//   grey_to_rgb    three equal channels
//   rgb_to_ycbcr, ycbcr_to_rgb   JPEG's full range (JFIF 1.02). u8: Pillow's bits; f32: Cb and Cr are 0.5 for greys
//   rgb_to_hsv, hsv_to_rgb       hue from 0 to 1 (u8: 255) around the circle. u8: Pillow's bits; f32: Smith's hexcone
//   rgb_to_linear  the sRGB curve undone (IEC 61966-2-1); u8 gives f32 as well
//   linear_to_rgb  f32 only; negative values by the curve's straight part
Array convert_colour(const Array& image, std::string_view conversion);

}  // namespace fovea
