#pragma once
#include <cstdint>

#include "codec/codec.h"
#include "codec/pixels.h"
#include "codec/tiff_file.h"

namespace fovea::codec {

// What the first directory of a TIFF says about its samples.
struct TiffKind {
  ImageInfo info;
  Layout layout = Layout::grey;  // of a row once palette, inversion and surplus samples are dealt with
  int samples = 1;               // stored, a pixel
  int bits = 8;                  // a sample
  bool planes = false;           // each sample in strips or tiles of its own
  bool inverted = false;         // 0 is white
  bool palette = false;
  bool premultiplied = false;  // colors already multiplied by alpha
};

// Sets the JPEG codec to give RGB where the file holds YCbCr. Kinds that are not taken are `unsupported`, named.
Result<TiffKind> read_tiff_kind(TiffFile&, const Limits&);

}  // namespace fovea::codec
