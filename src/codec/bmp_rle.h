#pragma once
#include "codec/codec.h"

namespace fovea::codec {

// Palette indices u8 [height, width], top row first, of an RLE4 or RLE8 bitmap; 0 where no run wrote. `data` is the
// code.
Result<Array> decode_bmp_runs(Bytes data, bool four_bits, std::int64_t height, std::int64_t width,
                              const std::shared_ptr<Memory>&);

}  // namespace fovea::codec
