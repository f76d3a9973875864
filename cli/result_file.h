#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace fovea::cli {

struct ResultRow {
  std::int64_t index = 0;
  std::string path;                       // bytes that are not UTF-8 as \xNN
  std::string error_code, error_message;  // empty for "ok"
  std::int64_t width = 0, height = 0;     // of the picture; 0 where it has none
  std::string format;
  struct Guess {
    std::int64_t class_index = 0;
    std::string label;
    double probability = 0;  // NaN for null
  };
  std::vector<Guess> top;
};

// The rows of a .jsonl result file, one after the other. Throws Error: not_found, not_a_file, io; corrupt or
// limit_bytes with the number of the line. Messages do not name the file.
void read_results(const std::string& file, const std::function<void(ResultRow&&)>& take);

}  // namespace fovea::cli
