#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace fovea {

// "; did you mean 'sqrt'?" for a misspelt name, or nothing when no name is near: the nearest by letters put in, left
// out, changed and swapped (Levenshtein's distance with swaps), at most a third of its letters. Thread-safe.
std::string suggestion(std::string_view name, const std::vector<std::string>& names);

}  // namespace fovea
