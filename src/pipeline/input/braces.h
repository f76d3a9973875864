#pragma once
#include <string>
#include <vector>

namespace fovea::pipeline {

// The names that a pattern stands for: {a,b} for each of its words, {0008..0011} for the numbers between, with as many
// digits; the last group changes fastest. A text without a group stands for itself. Throws Error(invalid_argument) for
// more than a million names.
std::vector<std::string> expand_braces(const std::string& pattern);

}  // namespace fovea::pipeline
