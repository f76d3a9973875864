#pragma once
#include "ops/op.h"

namespace fovea::test {

// A copy of [n, c, h, w] on the host as it lies in blocks of channels; others and a block of 1: the array.
Array stored(const Array&, int block);
// The array, of that spec, out of its blocks.
Array plain(const Array&, const ops::TensorSpec&);

// For a body to fill: an array as that spec lies in memory, each byte 0x5A.
Array filled(const ops::TensorSpec&);

bool is_convolution(std::string_view op);

}  // namespace fovea::test
