#pragma once
#include "ops/fft/job.h"

namespace fovea::ops::fourier {

// Whether lines of this length do not fit the cache as a panel, or there are too few of them to fill the lanes, and the
// length splits into two that have only small factors.
bool is_long(Index n, Index lines, Index lanes);

// One line of n pairs, neighbours each, as a plane: transforms of columns, a twist, transforms of rows. scale and
// direction as in Step.
template <class T>
void transform_long(const T* in, T* out, Index n, bool back, T scale);

}  // namespace fovea::ops::fourier
