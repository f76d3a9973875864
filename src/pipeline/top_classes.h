#pragma once
#include <span>
#include <string>
#include <vector>

#include "fovea/row.h"

namespace fovea::pipeline {

// The `topk` most probable classes of one picture's logits; equal ones by class index.
std::vector<Prediction> top_classes(std::span<const float> logits, int topk, const std::vector<std::string>& labels);

}  // namespace fovea::pipeline
