#pragma once
#include "codec/codec.h"

namespace fovea::codec {

struct GifScan {
  ImageInfo info;           // of the canvas
  int transparent = -1;     // color index of the first frame
  bool has_colors = false;  // a global table, or one of the first frame
};

// Walks the blocks of a GIF to its trailer. Decodes nothing.
Result<GifScan> scan_gif(Bytes, const Limits&);

}  // namespace fovea::codec
