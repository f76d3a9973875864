#pragma once
#include <string>

#include "console.h"
#include "fovea/model.h"

namespace fovea::cli {

// Pulls a model of the zoo that is not in the cache, with progress; says so first. Other names and files are left
// alone.
void pull_if_missing(const std::string& model, Console& console);

// Pulls the model if it is missing, and loads it. Errors name the verb and the model.
Model load_for(const std::string& verb, const std::string& model, Console& console);

}  // namespace fovea::cli
