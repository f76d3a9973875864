#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fovea::pipeline {

// The name of what becomes of an input: its own, below a folder, with an extension of the format; its number when it
// has no name. Different inputs have different names, as docs/transform.md says. `extensions` are the format's.
std::string output_name(std::string_view input, std::int64_t index, const std::vector<std::string_view>& extensions);

}  // namespace fovea::pipeline
