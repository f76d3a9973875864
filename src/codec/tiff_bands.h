#pragma once
#include "codec/tiff_kind.h"

namespace fovea::codec {

// Reads a TIFF's strips or tiles as bands of whole rows, samples of a pixel side by side in host byte order.
class TiffBands {
 public:
  // Checks the shape of strips or tiles, and asks for the pixels and a band before it takes the band.
  static Result<TiffBands> open(TiffFile&, Bytes bytes, const TiffKind&, const DecodeOptions&, const Admission&);

  std::int64_t rows() const { return rows_; }  // of a whole band
  // The band that begins at row y, a multiple of rows(). Nothing, or the error.
  std::optional<Error> read(std::int64_t y);
  const std::uint8_t* row(std::int64_t i) const;  // of the band read last

 private:
  TiffBands(TiffFile& file, Bytes bytes, const TiffKind& kind, const DecodeOptions& options)
      : file_(&file), bytes_(bytes), kind_(&kind), options_(&options) {}
  std::optional<Error> read_part(std::uint32_t part, std::int64_t part_rows, std::uint8_t* target);
  void place(const std::uint8_t* part, std::int64_t part_rows, std::int64_t column, int sample);

  TiffFile* file_;
  Bytes bytes_;
  const TiffKind* kind_;
  const DecodeOptions* options_;
  bool tiled_ = false;
  std::int64_t rows_ = 0, part_width_ = 0, part_row_bytes_ = 0, band_row_bytes_ = 0;
  Array band_, part_;
};

}  // namespace fovea::codec
