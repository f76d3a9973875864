#pragma once
#include "fovea/dtype.h"
#include "ops/gemm/gemm.h"

namespace fovea::ops::gemm {

// The product of one row (m = 1) of f32 or f64 with a matrix whose rows or columns have adjacent elements: reads it
// once, as it lies. False, and nothing is done, for others. Sums are added up in an order that the shape and the layout
// give, whatever the number of threads.
bool multiply_row(DType, const Product&);

}  // namespace fovea::ops::gemm
