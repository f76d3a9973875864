#pragma once
#include "language/function.h"

namespace fovea::language {

// Throws SourceError with the nearest name when there is none.
const Function& find_function(std::string_view source, std::string_view name, Place);

// Calls a function by its name. Throws SourceError at the argument or the name.
Value call(const Context&, std::string_view source, std::string_view name, Place, const std::vector<Argument>&);

}  // namespace fovea::language
