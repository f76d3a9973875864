#pragma once
#include <cstdint>
#include <filesystem>

namespace fovea::pipeline {

// What pictures in flight may take when nobody says: half of what the machine or the control group, the smaller, leaves
// beside this process as it is now; at least 64 MiB, also where neither is known.
std::int64_t default_memory(const std::filesystem::path& root);

}  // namespace fovea::pipeline
