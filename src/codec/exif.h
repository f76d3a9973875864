#pragma once
#include "codec/codec.h"

namespace fovea::codec {

// Tag 0x0112 of the first directory of an Exif block, with or without the "Exif\0\0" before it. 1 when there is none,
// or when it is not a single number from 1 to 8. Reads one directory, so it ends whatever the bytes say.
int exif_orientation(Bytes block);

}  // namespace fovea::codec
