#pragma once
#include <nlohmann/json.hpp>

#include "bench/case.h"
#include "fovea/model.h"

namespace fovea::cli {

// What peers need to make the same network: {"weights": path, "architecture": "resnet18", "crop": 224 …}.
nlohmann::json network_weights(const Request&, const Model&);

}  // namespace fovea::cli
