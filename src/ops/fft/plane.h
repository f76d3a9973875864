#pragma once
#include "ops/fft/job.h"

namespace fovea::ops::fourier {

// Transforms over the last two axes, whose elements of the last one are neighbours. Two passes over memory: lines of
// one axis go into a work array of column panels, each as many columns wide as a vector has lanes, and panels of it
// out.
template <class T>
void transform_planes(const Job&, const Array& in, const Array& out);

}  // namespace fovea::ops::fourier
