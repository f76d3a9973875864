#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "fovea/error.h"

namespace fovea::pipeline {

// A word of a chain's text and where it begins, from 0.
struct Word {
  std::string text;
  std::size_t at = 0;
};

// NAME=VALUE; the name is empty for the value right behind the step's own.
struct Argument {
  Word name, value;
};

// NAME, NAME=VALUE, NAME:A=1:B=2 or NAME=VALUE:B=2.
struct StepText {
  Word name;
  std::vector<Argument> arguments;
};

// The error of a chain at a place of its text.
Error refusal(std::size_t at, const std::string& message);

// Steps between commas. Names and values are one character or more; names are not looked up. Throws refusal().
std::vector<StepText> split_chain(std::string_view text);

}  // namespace fovea::pipeline
