#include <string>
#include <vector>

#include "base/checked.h"
#include "codec/byte_order.h"
#include "codec/codec.h"
#include "codec/pixels.h"
#include "codec/pnm_header.h"

namespace fovea::codec {
namespace {

bool matches(Bytes bytes) {
  if (bytes.size() < 3)
    return bytes.size() == 2 && byte_at(bytes, 0) == 'P' && byte_at(bytes, 1) >= '1' && byte_at(bytes, 1) <= '7';
  const std::uint32_t kind = byte_at(bytes, 1), next = byte_at(bytes, 2);
  const bool blank = next == ' ' || next == '\n' || next == '\r' || next == '\t' || (next == '#' && kind != '7');
  return byte_at(bytes, 0) == 'P' && kind >= '1' && kind <= '7' && blank;
}

Result<ImageInfo> probe(Bytes bytes, const Limits& limits) {
  const Result<PnmHeader> header = read_pnm_header(bytes, limits);
  if (!header) return header.error();
  return header.value().info;
}

Error truncated() {
  return Error(Errc::truncated, "pnm: the file ends before its last sample");
}

// One row of text samples; `at` moves past them.
Result<std::size_t> read_text_row(Bytes bytes, std::size_t at, const PnmHeader& header, std::span<std::uint8_t> row) {
  for (std::uint8_t& sample : row) {
    const Result<PnmNumber> number = header.bitmap ? read_pnm_bit(bytes, at) : read_pnm_number(bytes, at, "a sample");
    if (!number) return number.error();
    at = number.value().end;
    const std::uint64_t value = number.value().value;
    if (value > header.maximum)
      return Error(Errc::corrupt,
                   "pnm: expected samples up to " + std::to_string(header.maximum) + ", got " + std::to_string(value));
    sample = header.bitmap ? static_cast<std::uint8_t>(value ? 0 : 255)
                           : scale_sample(static_cast<std::uint32_t>(value), header.maximum);
  }
  return at;
}

// False when a sample is above the maximum.
bool read_binary_row(const std::uint8_t* source, const PnmHeader& header, std::span<std::uint8_t> row) {
  if (header.bitmap) {
    unpack_row(source, 1, row.data(), row.size());
    for (std::uint8_t& sample : row) sample = sample ? 0 : 255;
    return true;
  }
  if (header.maximum == 255) {
    std::memcpy(row.data(), source, row.size());
    return true;
  }
  const std::size_t step = header.maximum > 255 ? 2 : 1;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const std::uint32_t value =
        step == 2 ? static_cast<std::uint32_t>(source[2 * i] << 8 | source[2 * i + 1]) : source[i];
    if (value > header.maximum) return false;
    row[i] = scale_sample(value, header.maximum);
  }
  return true;
}

Result<Array> decode(Bytes bytes, const ImageInfo& info, const DecodeOptions& options, const Admission& admission) {
  const Result<PnmHeader> read = read_pnm_header(bytes, options.limits);
  if (!read) return read.error();
  const PnmHeader& header = read.value();
  const auto width = static_cast<std::size_t>(info.width), height = static_cast<std::size_t>(info.height);
  const std::size_t samples = width * static_cast<std::size_t>(channels_of(header.layout));
  const std::size_t row_bytes = header.bitmap ? (width + 7) / 8 : samples * (header.maximum > 255 ? 2u : 1u);
  const auto needed = header.text ? checked_multiply(samples, height) : checked_multiply(row_bytes, height);
  if (!needed || *needed > bytes.size() - header.data) return truncated();

  if (auto error = admission.ask(info, picture_bytes(info.height, info.width, options.channels))) return *error;
  const Array pixels = Array::empty({info.height, info.width, options.channels}, DType::u8, admission.memory());
  std::vector<std::uint8_t> row(samples);
  std::size_t at = header.data;
  for (std::size_t y = 0; y < height; ++y) {
    if (stopped(options)) return timed_out("pnm");
    if (header.text) {
      const Result<std::size_t> end = read_text_row(bytes, at, header, row);
      if (!end) return end.error();
      at = end.value();
    } else {
      if (!read_binary_row(u8(bytes) + at, header, row))
        return Error(Errc::corrupt, "pnm: a sample is above the maximum of " + std::to_string(header.maximum));
      at += row_bytes;
    }
    convert_row(row.data(), header.layout, u8(pixels) + y * width * static_cast<std::size_t>(options.channels), width,
                {options.channels, options.background});
  }
  return pixels;
}

}  // namespace

Codec pnm_codec() {
  return {"pnm", matches, probe, decode};
}

}  // namespace fovea::codec
