#pragma once
#include <cstdint>
#include <memory>

#include "fovea/array.h"
#include "fovea/image.h"
#include "fovea/pipeline.h"

namespace fovea {

struct StatsOptions {
  DecodeOptions decode = {};  // channels are 3 and shrink_to is 0, whatever it says
};

// Rows with these fields; docs/stats.md has the formulas.
//   bytes        of the encoded picture; 0 for one that came as pixels
//   channels, bits, orientation    as stored (ImageInfo)
//   mean_red, mean_green, mean_blue, std_red, std_green, std_blue    of the decoded samples, 0..255
//   brightness, contrast           mean and standard deviation of the luma, 0..255
//   sharpness    variance of the luma's Laplacian
//   phash        perceptual hash, 16 hexadecimal digits
//   sha256       of the encoded bytes; empty for a picture that came as pixels
// Sums are of whole numbers, so the values depend on neither threads nor order. Takes about as long as decoding, and
// four bytes a pixel beside the decoder's. Pictures that come as pixels are u8 [height, width, 1, 3 or 4]. Throws
// Error(invalid_argument) for a background that cannot be.
std::unique_ptr<Task> stats_task(const StatsOptions& = {});

// The 64-bit DCT hash of a picture u8 [height, width, 1 (luma) or 3]: bit 63 - (8 v + u) says whether the coefficient
// of v waves down and u across is above the median of all 64. Pictures that look alike differ in few bits. Throws
// Error(invalid_argument) for another type or shape.
std::uint64_t perceptual_hash(const Array& pixels);

}  // namespace fovea
