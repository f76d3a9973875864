#pragma once
#include <string>
#include <vector>

namespace fovea {

// The libraries linked in with the versions found at run time, "oneDNN 2.6.3"; the headers' version where a library
// does not tell its own.
std::vector<std::string> library_versions();

}  // namespace fovea
