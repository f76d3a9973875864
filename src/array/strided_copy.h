#pragma once
#include <cstddef>

#include "fovea/array.h"

namespace fovea {

// Copies elements laid out by shape and strides (in elements) from one place to another.
void strided_copy(std::byte* to, const Shape& to_strides, const std::byte* from, const Shape& from_strides,
                  const Shape& shape, std::size_t item);
// To contiguous bytes.
void strided_copy(std::byte* to, const std::byte* from, const Shape& shape, const Shape& strides, std::size_t item);

}  // namespace fovea
