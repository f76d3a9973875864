#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fovea/error.h"

namespace fovea {

struct Prediction {
  int class_index = 0;
  std::string label;  // empty when the model has none
  float probability = 0;
};

// What became of one input: predictions, or the error.
struct Row {
  std::int64_t index = 0;
  std::string path;  // empty for pictures that came as bytes or arrays
  std::optional<Error> error;
  int width = 0, height = 0;  // of the oriented picture
  std::string format;
  std::vector<Prediction> top;  // most probable first; equal ones by class index
  std::vector<float> logits;    // only when Options::logits
};

struct StageTime {
  std::string name;         // "read", "decode", "prepare", "infer", "write"
  double busy_seconds = 0;  // summed over threads, so it may exceed the run's seconds
};

struct Report {
  std::int64_t inputs = 0, ok = 0, failed = 0;   // of rows that were handed over
  double seconds = 0, first_result_seconds = 0;  // from the start of the run, without loading the model
  bool interrupted = false;                      // by a stop request, before all inputs were done
  bool over_budget = false;                      // more inputs failed than the options allow; the run ended early
  int threads = 0;
  std::vector<StageTime> stages;
  // Inputs a second.
  double rate() const { return seconds > 0 ? static_cast<double>(inputs) / seconds : 0; }
};

struct Progress {
  std::int64_t done = 0, failed = 0, total = 0;  // rows; failed ones are among those done
  double seconds = 0;
};

}  // namespace fovea
