#pragma once
#include <optional>
#include <string>

#include "classify_options.h"
#include "failures.h"

namespace fovea::cli {

struct RunSummary {
  std::int64_t inputs = 0;
  Report report;
  Failures failures;
  std::optional<Error> ended_by;  // nothing when the run went to its end
  int exit_code = 0;
};

// For people, on the console.
void print_summary(Console&, const ClassifyOptions&, const ImageProcessor&, const RunSummary&);

std::string place_of(const ClassifyOptions&);  // of the rows

// For programs, one JSON object. Throws Error(io).
void write_json_summary(const std::string& file, Arguments command_line, const ImageProcessor&, const RunSummary&);

}  // namespace fovea::cli
