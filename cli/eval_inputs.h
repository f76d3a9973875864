#pragma once
#include <span>
#include <string>
#include <vector>

#include "fovea/language.h"

namespace fovea::cli {

// "x=big.npy", "k=3.5": a name and its text.
struct NamedInput {
  std::string name, text;
};
// Throws Error(invalid_argument) for what has not this form and for a name given twice.
std::vector<NamedInput> parse_inputs(std::span<const std::string> operands);

// A text that is an expression without names is its value; any other is a file: .npy, mapped read-only;
// FILE.npz:MEMBER; or a picture, u8 [height, width] if grey, else [height, width, 3]. Errors name the input.
language::Value read_input(const NamedInput&);

// The file that a text names; that of the archive for a member.
std::string file_of(const NamedInput&);

}  // namespace fovea::cli
