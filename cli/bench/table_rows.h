#pragma once
#include <string>
#include <vector>

#include "bench/measurement.h"

namespace fovea::cli {

struct Conditions {
  std::string variant;
  int threads = 1;
};

// The JSON object of a case, one line.
std::string json_line(const Case&, const Measurement&, Device, const Conditions&);

// Rows of a table: a case, then its loops and peers with how many times our time they take.
void add_rows(std::vector<std::vector<std::string>>& rows, const Case&, const Measurement&);
std::vector<std::string> table_header();
inline constexpr const char* table_alignment = "llrrrrr";

// "2026-11-25, fovea 0.1.0, Intel Xeon, 2 threads, variant auto, load 0.03"
std::string conditions_line(const Conditions&);

}  // namespace fovea::cli
