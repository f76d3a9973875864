#pragma once
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace fovea::cli {

struct OutputFile {
  std::string option;  // "--output"
  std::filesystem::path path;
  bool folder = false;
};

// Before any work: each file or folder is, or can be made, writable, and no two are the same. Throws Error(io) naming
// the option, Error(invalid_argument) for the same file twice.
void check_outputs(const std::vector<OutputFile>&);

// Throws Error(invalid_argument) when an output, or the file behind standard output if `standard_output`, is an input.
void check_not_inputs(const std::vector<OutputFile>&, std::span<const std::string> inputs, bool standard_output);

}  // namespace fovea::cli
