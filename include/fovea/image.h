#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fovea/array.h"
#include "fovea/error.h"

namespace fovea {

// Checked from the header, before anything of the size of the picture is allocated.
struct Limits {
  std::int64_t max_pixels = 180'000'000;                    // width times height
  std::int64_t max_side = 65'535;                           // pixels
  std::int64_t max_encoded_bytes = std::int64_t{64} << 20;  // of the file
  std::int64_t max_decoded_bytes = std::int64_t{1} << 30;   // of the pixels and what codecs need beside them
  std::int64_t max_metadata_bytes = std::int64_t{8} << 20;  // EXIF, profiles, text
  int max_scans = 100;                                      // progressive JPEG
  int max_chunks = 10'000;                                  // PNG
};

struct ImageInfo {
  int width = 0, height = 0;  // as stored, before orientation
  int channels = 0;           // of the stored pixels: 1 grey, 2 grey+alpha, 3 RGB or palette, 4 RGBA or CMYK
  int bits = 8;               // per sample, as stored
  int orientation = 1;        // EXIF 1..8
  std::string_view format;    // "jpeg", "png", "webp", "tiff", "bmp", "pnm", "gif"
};

struct DecodeOptions {
  int channels = 3;    // 1 (grey, ITU-R 601 luma), 3 (RGB) or 4 (RGBA)
  bool orient = true;  // turn the picture as its EXIF orientation says
  // 0xRRGGBB, put under transparent pixels; -1 drops alpha as Pillow's convert("RGB") does.
  std::int32_t background = -1;
  // A JPEG may come out scaled by M/8 in its inverse transform, its shorter side no less than this; 0: never.
  int shrink_to = 0;
  Limits limits;
  // Asked on the decoding thread every few rows, and for each scan of a JPEG, strip or tile of a TIFF and 64 KiB of a
  // WebP: true ends decoding with the error timeout, and must stay true. Must not throw.
  std::function<bool()> stop = {};
};

// What the header says, without decoding. The kind is decided by content, never by name. Thread-safe. Errors as
// decode().
Result<ImageInfo> probe(std::span<const std::byte> bytes, const Limits& = {});

struct DecodedImage {
  Array pixels;    // u8 [height, width, channels], oriented
  ImageInfo info;  // as stored
};
// Thread-safe; each thread reuses its decoders' memory. docs/conventions.md says what each kind of file becomes.
// Errors: empty, unknown_format, truncated, corrupt, unsupported, limit_*, timeout, out_of_memory.
// Throws Error(invalid_argument) for channels or a background that cannot be.
Result<DecodedImage> decode(std::span<const std::byte> bytes, const DecodeOptions& = {});

struct EncodeOptions {
  std::string format = "png";  // "jpeg", "png", "webp", "tiff", "bmp", "pnm"
  int quality = 90;            // of JPEG and WebP, 1 to 100
  bool lossless = false;       // WebP
};
// The bytes of a file with these pixels, u8 [height, width, 1, 3 or 4] (4 where the format has alpha). The same bytes
// for the same pixels. Thread-safe. Throws Error: invalid_argument for another type, shape or format, limit_side for
// pixels that the format cannot hold, out_of_memory.
std::vector<std::byte> encode(const Array& pixels, const EncodeOptions& = {});

// The format that a name's extension asks for: ".jpg" in capital or small letters is "jpeg"; "" for none of encode()'s.
std::string_view format_of_extension(std::string_view extension);

}  // namespace fovea
