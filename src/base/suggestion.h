#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace fovea {

// "; did you mean 'sqrt'?", or nothing when no name is near.
std::string suggestion(std::string_view name, const std::vector<std::string>& names);

}  // namespace fovea
