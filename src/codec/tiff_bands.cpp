#include "codec/tiff_bands.h"

#include <string>

#include "codec/byte_order.h"

namespace fovea::codec {
namespace {

Error corrupt(const std::string& what) {
  return Error(Errc::corrupt, "tiff: " + what);
}

}  // namespace

Result<TiffBands> TiffBands::open(TiffFile& file, Bytes bytes, const TiffKind& kind, const DecodeOptions& options,
                                  const Admission& admission) {
  TIFF* tiff = file.get();
  TiffBands bands(file, bytes, kind, options);
  bands.tiled_ = TIFFIsTiled(tiff) != 0;
  const std::int64_t width = kind.info.width, height = kind.info.height;
  std::uint32_t part_width = static_cast<std::uint32_t>(width), rows = 0;
  if (bands.tiled_) {
    if (!TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &part_width) || !TIFFGetField(tiff, TIFFTAG_TILELENGTH, &rows) ||
        part_width == 0 || rows == 0 || part_width % 16 != 0)
      return corrupt("expected tiles whose width is a multiple of 16 and whose height is above 0");
  } else {
    TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &rows);
    rows = static_cast<std::uint32_t>(std::min<std::int64_t>(rows == 0 ? 1 : rows, height));
  }
  bands.rows_ = rows;
  bands.part_width_ = part_width;
  const std::int64_t part_samples = kind.planes ? 1 : kind.samples;
  const std::int64_t across = (width + part_width - 1) / part_width;
  bands.part_row_bytes_ = (std::int64_t{part_width} * part_samples * kind.bits + 7) / 8;
  bands.band_row_bytes_ = (across * part_width * kind.samples * kind.bits + 7) / 8;
  // Both terms are below 2^44, whatever the directory says.
  const std::int64_t parts = picture_bytes(bands.rows_, bands.band_row_bytes_ + bands.part_row_bytes_, 1);
  if (auto error = admission.ask(kind.info, picture_bytes(height, width, options.channels), parts)) return *error;
  const tmsize_t told = bands.tiled_ ? TIFFTileRowSize(tiff) : TIFFScanlineSize(tiff);
  if (told != bands.part_row_bytes_) return corrupt("the library and the directory disagree about the bytes of a row");
  bands.band_ = Array::zeros({bands.rows_, bands.band_row_bytes_}, DType::u8, admission.memory());
  bands.part_ = Array::zeros({bands.rows_, bands.part_row_bytes_}, DType::u8, admission.memory());
  file.begin_pixels();
  return bands;
}

std::optional<Error> TiffBands::read_part(std::uint32_t part, std::int64_t part_rows, std::uint8_t* target) {
  TIFF* tiff = file_->get();
  const std::uint64_t offset = TIFFGetStrileOffset(tiff, part), count = TIFFGetStrileByteCount(tiff, part);
  if (offset > bytes_.size() || count > bytes_.size() - offset)
    return Error(Errc::truncated, "tiff: the file ends before its last strip or tile");
  if (count == 0) return corrupt("a strip or tile has no bytes");
  const tmsize_t size = part_rows * part_row_bytes_;
  const tmsize_t got =
      tiled_ ? TIFFReadEncodedTile(tiff, part, target, size) : TIFFReadEncodedStrip(tiff, part, target, size);
  if (file_->failed()) return file_->error();
  if (got != size) return corrupt("a strip or tile holds fewer bytes than its rows need");
  return std::nullopt;
}

void TiffBands::place(const std::uint8_t* part, std::int64_t part_rows, std::int64_t column, int sample) {
  const std::int64_t bytes = std::max(kind_->bits / 8, 1), pixel = kind_->planes ? bytes * kind_->samples : 0;
  for (std::int64_t y = 0; y < part_rows; ++y) {
    const std::uint8_t* in = part + y * part_row_bytes_;
    std::uint8_t* out = u8(band_) + y * band_row_bytes_;
    if (!kind_->planes) {
      std::memcpy(out + column * kind_->samples * kind_->bits / 8, in, static_cast<std::size_t>(part_row_bytes_));
      continue;
    }
    out += column * pixel + sample * bytes;
    for (std::int64_t x = 0; x < part_width_; ++x)
      std::memcpy(out + x * pixel, in + x * bytes, static_cast<std::size_t>(bytes));
  }
}

std::optional<Error> TiffBands::read(std::int64_t y) {
  TIFF* tiff = file_->get();
  const std::int64_t width = kind_->info.width, part_rows = tiled_ ? rows_ : std::min(rows_, kind_->info.height - y);
  const int planes = kind_->planes ? kind_->samples : 1;
  for (int plane = 0; plane < planes; ++plane) {
    const auto sample = static_cast<std::uint16_t>(plane);
    for (std::int64_t x = 0; x < width; x += part_width_) {
      const auto row = static_cast<std::uint32_t>(y), column = static_cast<std::uint32_t>(x);
      const std::uint32_t part =
          tiled_ ? TIFFComputeTile(tiff, column, row, 0, sample) : TIFFComputeStrip(tiff, row, sample);
      if (stopped(*options_)) return timed_out("tiff");
      if (auto error = read_part(part, part_rows, u8(part_))) return error;
      place(u8(part_), part_rows, x, plane);
    }
  }
  return std::nullopt;
}

const std::uint8_t* TiffBands::row(std::int64_t i) const {
  return u8(band_) + i * band_row_bytes_;
}

}  // namespace fovea::codec
