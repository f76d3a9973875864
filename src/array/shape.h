#pragma once
#include <cstddef>
#include <optional>

#include "fovea/array.h"

namespace fovea {

// The bytes of an array of this shape, with no negative extent. Nothing when the product over the extents other than 0
// reaches 2^63: strides, which are made of it, must fit for an array without elements too.
std::optional<std::size_t> bytes_of(const Shape&, DType);

}  // namespace fovea
