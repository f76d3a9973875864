#pragma once
#include <string>
#include <utility>
#include <vector>

#include "fovea/image.h"
#include "fovea/model.h"

namespace fovea::pipeline {

// What decides rows, by name, as Task::manifest() gives it.
using Manifest = std::vector<std::pair<std::string, std::string>>;

void describe(Manifest&, const Model&);  // its weights and preprocessing
void describe(Manifest&, const Limits&);
void describe(Manifest&, const DecodeOptions&);  // with its limits, but for the channels

}  // namespace fovea::pipeline
