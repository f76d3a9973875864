#pragma once
#include <nlohmann/json.hpp>

#include "bench/case.h"
#include "bench/network_pictures.h"

namespace fovea::cli {

DType dtype_of(Precision);  // of its products

// What peers need to make the same network: {"weights": path, "architecture": "resnet18", "precision": "int8",
// "pictures": …, "crop": 224 …}.
nlohmann::json network_weights(const Request&, const Model&, Precision, const NetworkPictures&);

}  // namespace fovea::cli
