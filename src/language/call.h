#pragma once
#include "language/function.h"

namespace fovea::language {

// Calls a function by its name. Throws SourceError at the argument or the name.
Value call(const Context&, std::string_view source, std::string_view name, Place, const std::vector<Argument>&);

}  // namespace fovea::language
