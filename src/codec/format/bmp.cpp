#include <bit>
#include <vector>

#include "codec/bmp_header.h"
#include "codec/bmp_rle.h"
#include "codec/byte_order.h"
#include "codec/codec.h"
#include "codec/pixels.h"

namespace fovea::codec {
namespace {

using Coding = BmpHeader::Coding;

bool matches(Bytes bytes) {
  return begins_like(bytes, "BM");
}

Result<ImageInfo> probe(Bytes bytes, const Limits& limits) {
  const Result<BmpHeader> header = read_bmp_header(bytes, limits);
  if (!header) return header.error();
  return header.value().info;
}

// Brings the masked bits of a pixel to 0..255, cut off as Pillow does.
struct Field {
  explicit Field(std::uint32_t bits)
      : mask(bits), shift(bits ? std::countr_zero(bits) : 0), maximum(bits ? bits >> shift : 1) {}
  std::uint8_t operator()(std::uint32_t pixel) const {
    return static_cast<std::uint8_t>(std::uint64_t{(pixel & mask) >> shift} * 255u / maximum);
  }
  std::uint32_t mask;
  int shift;
  std::uint32_t maximum;
};

void read_fields(Bytes row, const BmpHeader& header, std::vector<std::uint8_t>& rgba) {
  const Field red(header.masks[0]), green(header.masks[1]), blue(header.masks[2]), alpha(header.masks[3]);
  const std::size_t step = static_cast<std::size_t>(header.bits) / 8;
  for (std::size_t x = 0; x < rgba.size() / 4; ++x) {
    const std::uint32_t pixel = step == 2 ? little16(row, x * 2) : little32(row, x * 4);
    rgba[x * 4] = red(pixel);
    rgba[x * 4 + 1] = green(pixel);
    rgba[x * 4 + 2] = blue(pixel);
    rgba[x * 4 + 3] = header.masks[3] ? alpha(pixel) : 255;
  }
}

void read_palette(const std::uint8_t* indices, const BmpHeader& header, std::vector<std::uint8_t>& rgba) {
  for (std::size_t x = 0; x < rgba.size() / 4; ++x) std::memcpy(&rgba[x * 4], header.palette[indices[x]].data(), 4);
}

void read_row(Bytes row, const BmpHeader& header, std::vector<std::uint8_t>& indices, std::vector<std::uint8_t>& rgba) {
  if (header.coding == Coding::fields) return read_fields(row, header, rgba);
  if (header.coding == Coding::bgr) {
    for (std::size_t x = 0; x < rgba.size() / 4; ++x) {
      for (std::size_t c = 0; c < 3; ++c) rgba[x * 4 + c] = u8(row)[x * 3 + 2 - c];
      rgba[x * 4 + 3] = 255;
    }
    return;
  }
  if (header.bits == 8) return read_palette(u8(row), header, rgba);
  unpack_row(u8(row), header.bits, indices.data(), indices.size());
  read_palette(indices.data(), header, rgba);
}

Result<Array> decode(Bytes bytes, const ImageInfo& info, const DecodeOptions& options, const Admission& admission) {
  const Result<BmpHeader> read = read_bmp_header(bytes, options.limits);
  if (!read) return read.error();
  const BmpHeader& header = read.value();
  const Error truncated(Errc::truncated, "bmp: the file ends before its last row");
  if (header.data > bytes.size()) return truncated;
  const Bytes data = bytes.subspan(header.data);
  const auto width = static_cast<std::size_t>(info.width), height = static_cast<std::size_t>(info.height);
  const std::size_t stride = (width * static_cast<std::size_t>(header.bits) + 31) / 32 * 4;

  const bool runs = header.coding == Coding::rle4 || header.coding == Coding::rle8;
  if (!runs && data.size() / stride < height) return truncated;
  if (auto error = admission.ask(info, picture_bytes(info.height, info.width, options.channels),
                                 runs ? picture_bytes(info.height, info.width, 1) : 0))
    return *error;
  Array indices;
  if (runs) {
    Result<Array> decoded =
        decode_bmp_runs(data, header.coding == Coding::rle4, info.height, info.width, admission.memory());
    if (!decoded) return decoded.error();
    indices = decoded.value();
  }

  const Array pixels = Array::empty({info.height, info.width, options.channels}, DType::u8, admission.memory());
  std::vector<std::uint8_t> unpacked(width), rgba(width * 4);
  for (std::size_t y = 0; y < height; ++y) {
    if (stopped(options)) return timed_out("bmp");
    if (runs)
      read_palette(u8(indices) + y * width, header, rgba);
    else
      read_row(data.subspan((header.top_down ? y : height - 1 - y) * stride, stride), header, unpacked, rgba);
    convert_row(rgba.data(), Layout::rgba, u8(pixels) + y * width * static_cast<std::size_t>(options.channels), width,
                {options.channels, options.background});
  }
  return pixels;
}

}  // namespace

Codec bmp_codec() {
  return {"bmp", matches, probe, decode};
}

}  // namespace fovea::codec
