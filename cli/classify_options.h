#pragma once
#include <optional>
#include <string>
#include <vector>

#include "command_line.h"
#include "fovea/processor.h"
#include "profile_options.h"
#include "value.h"

namespace fovea::cli {

struct PreprocessOverrides {
  std::optional<int> resize, crop;
  std::optional<std::string> interpolation;
  std::optional<std::vector<float>> mean, std;
  bool any() const { return resize || crop || interpolation || mean || std; }
};

// What the command line of `fovea classify` says.
struct ClassifyOptions {
  std::vector<std::string> inputs;
  ImageProcessor::Options processor;  // all but the preprocessing, which needs the model's own first
  PreprocessOverrides preprocess;
  FailureBudget failures;
  std::string labels, output, format = "jsonl", logits_file, summary_file;
  bool quiet = false;
  ProfileWish profile;
};

// False when help was asked for, and printed.
bool parse_classify(Arguments, const Console&, ClassifyOptions&);

// The model with --labels and the preprocessing of the command line. Errors name the option.
Model adapted(const Model&, const ClassifyOptions&);

}  // namespace fovea::cli
