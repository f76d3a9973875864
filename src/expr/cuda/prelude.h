#pragma once
#include <string>

namespace fovea {

// What the text of a kernel begins with: types, conversions and functions, and on demand those of complex numbers and
// reductions.
std::string kernel_prelude(bool complex, bool fold);

}  // namespace fovea
