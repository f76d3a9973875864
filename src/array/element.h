#pragma once
#include "fovea/array.h"

namespace fovea {

// One element at any address as a number, and back. store_element() throws Error(invalid_argument), `where: ...`, for
// what Array::full() says.
Scalar load_element(DType, const void* from);
void store_element(const char* where, const Scalar&, DType, void* to);

}  // namespace fovea
