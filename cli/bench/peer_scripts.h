#pragma once
#include <nlohmann/json.hpp>

namespace fovea::cli {

// The programs of bench/peers that run whole pipelines, which this program carries: file name to text.
nlohmann::json peer_scripts();

}  // namespace fovea::cli
