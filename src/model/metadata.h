#pragma once
#include <map>
#include <string>
#include <vector>

#include "fovea/model.h"

namespace fovea::model {

// What a safetensors file may say of itself: `fovea.name`, `fovea.labels` (JSON list) and `fovea.preprocess` (JSON
// object with the fields of Preprocess). Anything absurd throws Error(model_format).
void apply_metadata(const std::map<std::string, std::string>& metadata, Preprocess&, std::vector<std::string>& labels);

// Throws Error(invalid_argument) unless sides, channels, mean and std make sense together.
void check_preprocess(const Preprocess&);

}  // namespace fovea::model
