#pragma once
#include <memory>
#include <optional>

#include "codec/codec.h"
#include "codec/jpeg/coefficient_reader.h"
#include "codec/jpeg/geometry.h"
#include "codec/row_output.h"

namespace fovea::codec::jpeg {

// One JPEG, decoded to pixels that equal libjpeg-turbo's. One at a time on a thread keeps its working memory for the
// next one's.
class Decoding {
 public:
  // Nothing when the file is not ours (CoefficientReader), or has no such geometry.
  static std::optional<Decoding> open(Bytes, const ImageInfo&, int eighths);

  Decoding(Decoding&&) = default;
  Decoding& operator=(Decoding&&) = delete;
  ~Decoding();

  const Frame& frame() const { return reader_->frame(); }
  std::int64_t coefficient_bytes() const { return reader_->coefficient_bytes(dc_only_); }

  // Decodes the output's window, and reads the rest of the file. False: the file is not ours or options.stop ended it,
  // and what the output has got is void. Coefficients come from the memory.
  bool write(RowOutput&, const DecodeOptions&, const std::shared_ptr<Memory>&);

 private:
  Decoding(std::unique_ptr<CoefficientReader> reader, const Geometry&);

  std::unique_ptr<CoefficientReader> reader_;
  Geometry geometry_;
  std::array<bool, 3> dc_only_ = {};
};

}  // namespace fovea::codec::jpeg
