#pragma once
#include <memory>

#include "fovea/array.h"

namespace fovea::codec {

// u8 [height, width, 1, 3 or 4] turned upright by its EXIF orientation 1..8; 5 to 8 exchange height and width.
// The same array for 1, otherwise a new one from `memory`.
Array upright(const Array& pixels, int orientation, const std::shared_ptr<Memory>& memory);

}  // namespace fovea::codec
