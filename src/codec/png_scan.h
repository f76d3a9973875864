#pragma once
#include <vector>

#include "codec/codec.h"

namespace fovea::codec {

struct PngScan {
  ImageInfo info;
  bool interlaced = false;
  // The signature, the critical chunks and tRNS: all a decoder needs, without what could be a bomb.
  std::vector<Bytes> kept;
};

// Walks the chunks of a PNG to IEND. Checks shapes, counts and limits, but no checksum.
Result<PngScan> scan_png(Bytes, const Limits&);

}  // namespace fovea::codec
