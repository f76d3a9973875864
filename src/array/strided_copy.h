#pragma once
#include <cstddef>

#include "fovea/array.h"

namespace fovea {

// Copies the elements at `from`, laid out by shape and strides (in elements), to contiguous bytes at `to`.
void strided_copy(std::byte* to, const std::byte* from, const Shape& shape, const Shape& strides, std::size_t item);

}  // namespace fovea
