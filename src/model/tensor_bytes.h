#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/text.h"
#include "fovea/array.h"

namespace fovea::model {

inline constexpr std::size_t max_tensor_axes = 16;

// Bytes of a contiguous tensor. Nothing when an extent is negative or an Array could not have the shape.
std::optional<std::uint64_t> bytes_of(const Shape& shape, DType dtype);

// A tensor over exactly bytes_of(shape, dtype) bytes: a view when they are aligned for the type, else a copy.
// Errors: corrupt, when a boolean is neither 0 nor 1.
Result<Array> tensor_over(std::span<const std::byte> bytes, Shape shape, DType dtype,
                          const std::shared_ptr<const void>& owner);

}  // namespace fovea::model
