#pragma once
#include "kernel/view.h"

namespace fovea::ops::pooling {

// Planes [height, width, block] whose windows' largest values make planes [out_height, out_width, block]. Steps from a
// plane to the next are in floats.
struct Planes {
  Index height, width, block, step;
  Index out_height, out_width, out_step;
  Index size, stride, row_padding, column_padding;
};

// Whether this machine's vectors fill the block.
bool takes_block(Index block);
// Planes [begin, end). A NaN in a window is its largest value.
void max_planes(const Planes&, const float* x, Index begin, Index end, float* y);

}  // namespace fovea::ops::pooling
