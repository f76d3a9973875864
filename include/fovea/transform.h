#pragma once
#include <memory>
#include <string>

#include "fovea/decode_scale.h"
#include "fovea/image.h"
#include "fovea/pipeline.h"

namespace fovea {

struct TransformOptions {
  std::string ops;       // "resize=256,crop=224,box=3,format=webp,quality=80": docs/transform.md
  DecodeOptions decode;  // channels 1, 3 or 4 are those that the first op gets; shrink_to is the scale's
  DecodeScale scale = DecodeScale::exact;  // of JPEGs, where the first op is resize=SIDE
};

// Takes each picture through a chain of ops and encodes it again: Row::bytes under the name Row::file. Rows have the
// input's width and height and the fields out_width, out_height, bytes (of the file) and file. The ops run on the
// device of the worker's stage. Throws Error(invalid_argument) that names the place in the text, before any picture is
// read, for a chain that cannot be: unknown ops, values out of range, an op that makes no picture of one.
std::unique_ptr<Task> transform_task(const TransformOptions&);

}  // namespace fovea
