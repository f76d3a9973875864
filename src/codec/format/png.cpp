#include <spng.h>

#include <memory>
#include <string>
#include <vector>

#include "codec/byte_order.h"
#include "codec/codec.h"
#include "codec/png_rows.h"
#include "codec/png_scan.h"

namespace fovea::codec {
namespace {

struct Reader {
  std::vector<Bytes> parts;
  std::size_t part = 0;
};

int read_parts(spng_ctx*, void* user, void* target, std::size_t length) {
  auto* reader = static_cast<Reader*>(user);
  auto* out = static_cast<std::byte*>(target);
  while (length > 0) {
    if (reader->part == reader->parts.size()) return SPNG_IO_EOF;
    Bytes& part = reader->parts[reader->part];
    const std::size_t n = std::min(length, part.size());
    std::memcpy(out, part.data(), n);
    out += n;
    length -= n;
    part = part.subspan(n);
    if (part.empty()) ++reader->part;
  }
  return SPNG_OK;
}

// Of the readers below; none of libspng's codes.
constexpr int out_of_time = -1;

Error failure(int code) {
  if (code == out_of_time) return timed_out("png");
  const std::string message = std::string("png: ") + spng_strerror(code);
  if (code == SPNG_EMEM) return Error(Errc::out_of_memory, message);
  if (code == SPNG_ECHUNK_LIMITS) return Error(Errc::limit_metadata, message);
  if (code == SPNG_IO_EOF || code == SPNG_EIDAT_TOO_SHORT) return Error(Errc::truncated, message);
  return Error(Errc::corrupt, message);
}

int read_colors(spng_ctx* png, PngColors& colors) {
  int code = spng_get_ihdr(png, &colors.header);
  if (code) return code;
  const bool transparent = spng_get_trns(png, &colors.trns) == SPNG_OK;
  colors.has_key = transparent && colors.header.color_type != SPNG_COLOR_TYPE_INDEXED;
  if (colors.header.color_type != SPNG_COLOR_TYPE_INDEXED) return SPNG_OK;
  spng_plte plte{};
  code = spng_get_plte(png, &plte);
  if (code) return code == SPNG_ECHUNKAVAIL ? static_cast<int>(SPNG_ENOPLTE) : code;
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint8_t* entry = colors.palette[i];
    entry[3] = 255;
    if (i >= plte.n_entries) continue;
    entry[0] = plte.entries[i].red;
    entry[1] = plte.entries[i].green;
    entry[2] = plte.entries[i].blue;
    if (transparent && i < colors.trns.n_type3_entries) entry[3] = colors.trns.type3_alpha[i];
  }
  return SPNG_OK;
}

bool matches(Bytes bytes) {
  return begins_like(bytes, "\x89PNG\r\n\x1a\n");
}

Result<ImageInfo> probe(Bytes bytes, const Limits& limits) {
  const Result<PngScan> scan = scan_png(bytes, limits);
  if (!scan) return scan.error();
  return scan.value().info;
}

int read_sequential(spng_ctx* png, PngRows& convert, const Array& pixels, const Array& row, std::size_t row_bytes,
                    const DecodeOptions& options) {
  const std::size_t target_row = static_cast<std::size_t>(pixels.shape()[1] * pixels.shape()[2]);
  const std::int64_t height = pixels.shape()[0];
  for (std::int64_t y = 0; y < height; ++y) {
    if (stopped(options)) return out_of_time;
    std::uint8_t* out = u8(pixels) + static_cast<std::size_t>(y) * target_row;
    std::uint8_t* stored = convert.direct() ? out : u8(row);
    const int code = spng_decode_row(png, stored, row_bytes);
    if (code != (y + 1 == height ? static_cast<int>(SPNG_EOI) : 0))
      return code ? code : static_cast<int>(SPNG_EINTERNAL);
    if (!convert.direct()) convert(stored, out);
  }
  return SPNG_OK;
}

// Adam7 visits rows several times: the stored picture is completed first.
int read_interlaced(spng_ctx* png, PngRows& convert, const Array& pixels, const Array& rows, std::size_t row_bytes,
                    const DecodeOptions& options) {
  const std::size_t target_row = static_cast<std::size_t>(pixels.shape()[1] * pixels.shape()[2]);
  const auto height = static_cast<std::size_t>(pixels.shape()[0]);
  for (int code = 0; code != SPNG_EOI;) {
    if (stopped(options)) return out_of_time;
    spng_row_info row{};
    code = spng_get_row_info(png, &row);  // SPNG_EOI here when the last passes have no rows
    if (code == SPNG_EOI) break;
    if (code) return code;
    if (row.row_num >= height) return SPNG_EINTERNAL;
    code = spng_decode_row(png, u8(rows) + row.row_num * row_bytes, row_bytes);
    if (code && code != SPNG_EOI) return code;
  }
  for (std::size_t y = 0; y < height; ++y) convert(u8(rows) + y * row_bytes, u8(pixels) + y * target_row);
  return SPNG_OK;
}

Result<Array> decode(Bytes bytes, const ImageInfo& info, const DecodeOptions& options, const Admission& admission) {
  Result<PngScan> scan = scan_png(bytes, options.limits);
  if (!scan) return scan.error();
  const bool interlaced = scan.value().interlaced;
  Reader reader{std::move(scan.value().kept)};
  const std::unique_ptr<spng_ctx, void (*)(spng_ctx*)> png(spng_ctx_new(0), spng_ctx_free);
  if (!png) return failure(SPNG_EMEM);
  const auto metadata = static_cast<std::size_t>(options.limits.max_metadata_bytes);
  int code =
      spng_set_image_limits(png.get(), static_cast<std::uint32_t>(info.width), static_cast<std::uint32_t>(info.height));
  if (!code) code = spng_set_chunk_limits(png.get(), metadata, metadata);
  if (!code) code = spng_set_crc_action(png.get(), SPNG_CRC_ERROR, SPNG_CRC_DISCARD);
  if (!code) code = spng_set_png_stream(png.get(), read_parts, &reader);
  PngColors colors;
  if (!code) code = read_colors(png.get(), colors);
  std::size_t stored_bytes = 0;
  if (!code) code = spng_decoded_image_size(png.get(), SPNG_FMT_PNG, &stored_bytes);
  if (!code) code = spng_decode_image(png.get(), nullptr, 0, SPNG_FMT_PNG, SPNG_DECODE_PROGRESSIVE);
  if (code) return failure(code);

  const std::size_t row_bytes = stored_bytes / static_cast<std::size_t>(info.height);
  if (auto error = admission.ask(info, picture_bytes(info.height, info.width, options.channels),
                                 interlaced ? static_cast<std::int64_t>(stored_bytes) : 0))
    return *error;
  Array pixels = Array::empty({info.height, info.width, options.channels}, DType::u8, admission.memory());
  const Array rows =
      Array::zeros({interlaced ? info.height : 1, static_cast<std::int64_t>(row_bytes)}, DType::u8, admission.memory());
  PngRows convert(colors, {options.channels, options.background});
  code = interlaced ? read_interlaced(png.get(), convert, pixels, rows, row_bytes, options)
                    : read_sequential(png.get(), convert, pixels, rows, row_bytes, options);
  if (!code) code = spng_decode_chunks(png.get());
  if (code) return failure(code);
  return pixels;
}

}  // namespace

Codec png_codec() {
  return {"png", matches, probe, decode};
}

}  // namespace fovea::codec
