#pragma once
#include <cstddef>
#include <optional>

#include "fovea/array.h"

namespace fovea {

// The bytes of an array of this shape, with no negative extent. Nothing when the product over the extents other than 0
// reaches 2^63: strides, which are made of it, must fit for an array without elements too.
std::optional<std::size_t> bytes_of(const Shape&, DType);
// The same; throws Error(invalid_argument) `where: ...` when there is nothing, or an extent is negative.
std::size_t checked_bytes(const char* where, const Shape&, DType);

Shape contiguous_strides(const Shape&);
std::int64_t extent_product(const Shape&);

}  // namespace fovea
