#pragma once
#include <string>

#include "picture_run.h"

namespace fovea::cli {

// For people, on the console.
void print_summary(Console&, const PictureRun&, const PictureOptions&, const RunSummary&);

std::string place_of(const PictureOptions&);  // of the rows

// For programs, one JSON object. Throws Error(io).
void write_json_summary(const std::string& file, const PictureRun&, const RunSummary&);

}  // namespace fovea::cli
