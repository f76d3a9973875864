#pragma once
#include <filesystem>

namespace fovea {

// Where files that can be made again are kept: FOVEA_CACHE, else fovea in XDG_CACHE_HOME or in ~/.cache. Empty when the
// environment names none.
std::filesystem::path cache_folder();

}  // namespace fovea
