#pragma once
#include <filesystem>
#include <string>

#include "fovea/expr.h"
#include "fovea/language.h"
#include "op_files.h"

namespace fovea::cli {

// "f64 [3, 4]\n"
std::string type_text(const language::Value&);

// As NumPy prints it, numbers with all their digits; ends in a newline.
std::string value_text(const language::Value&, int precision, const fovea::EvalOptions&);

// Writes what the value comes to, large arrays straight into a mapped file; the file appears once it is complete.
// Returns the note for people.
std::string write_value(const language::Value&, const std::filesystem::path&, const fovea::EvalOptions&);

}  // namespace fovea::cli
