#pragma once
#include <cstddef>
#include <functional>
#include <span>
#include <string>

#include "fovea/print.h"

namespace fovea {

// Writes the element at an address, as wide as the widest of `samples` needs.
using FormatElement = std::function<std::string(const std::byte*)>;
FormatElement element_format(DType, bool scalar, std::span<const std::byte* const> samples, const PrintOptions&);

}  // namespace fovea
