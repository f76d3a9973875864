#pragma once
#include "kernel/view.h"

namespace fovea::ops::winograd {

// The four phases of pictures in a window of stride 2: phase (a, b) of channel c at (i, j) is x[c][2i + a - padding]
// [2j + b - padding], and 0 outside. A convolution of stride 2 is one of stride 1 over them, with a window of half the
// size.
struct Phases {
  Index channels, height, width, padding;
  Index first, rows, columns;  // of each phase: its first row, and how many
  Index lanes;
};

// Of these, rows [begin, end) of the phases of one picture x [channels, height, width], as channels 4c + 2a + b in
// blocks.
void split_phases(const Phases&, const float* x, Index begin, Index end, float* phases);

}  // namespace fovea::ops::winograd
