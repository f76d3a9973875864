#pragma once
#include <initializer_list>
#include <string>

namespace fovea {

// A library of the CUDA toolkit: `own` if it is a name, else the first of `names` that there is. Null when there is
// none; `tried` then lists them. It is never closed.
void* open_toolkit_library(const char* own, std::initializer_list<const char*> names, std::string& tried);

}  // namespace fovea
