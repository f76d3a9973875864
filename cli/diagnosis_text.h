#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "fovea/diagnosis.h"

namespace fovea::cli {

// For people, at most 12 lines; one where there is too little to tell.
std::vector<std::string> diagnosis_lines(const Diagnosis&);

// For programs, an object.
nlohmann::ordered_json diagnosis_json(const Diagnosis&);

}  // namespace fovea::cli
