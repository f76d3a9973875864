#pragma once
#include <nlohmann/json.hpp>

#include "fovea/calibration.h"

namespace fovea::model {

nlohmann::ordered_json calibration_json(const Calibration&);
// Throws Error(corrupt) for values that cannot be, nlohmann::json::exception for another form.
Calibration calibration_of(const nlohmann::json&);

}  // namespace fovea::model
