#pragma once
#include <complex>
#include <vector>

#include "kernel/view.h"

namespace fovea::ops::fourier {

// exp(-2 pi i numerator / n), to half an ulp or little more: the angle is reduced to an octant in integers.
std::complex<double> root(Index numerator, Index n);

// Forward transform in place, in f64 and by plain recursion over the prime factors: for tables.
void reference_transform(std::vector<std::complex<double>>&);

}  // namespace fovea::ops::fourier
