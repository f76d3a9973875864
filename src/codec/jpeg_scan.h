#pragma once
#include "codec/codec.h"

namespace fovea::codec {

// Walks the markers of a JPEG up to its first scan: size, components, precision and EXIF orientation. The sum of the
// APPn and COM segments is held against max_metadata_bytes. Decodes nothing.
Result<ImageInfo> scan_jpeg(Bytes, const Limits&);

}  // namespace fovea::codec
