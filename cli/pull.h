#pragma once
#include <string>

#include "console.h"

namespace fovea::cli {

// Pulls a model of the zoo that is not in the cache, with progress; says so first. Other names and files are left
// alone.
void pull_if_missing(const std::string& model, Console& console);

}  // namespace fovea::cli
