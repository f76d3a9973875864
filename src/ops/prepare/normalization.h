#pragma once
#include <vector>

#include "ops/prepare_image.h"

namespace fovea::ops {

// (x / 255 - mean) / std without division: reciprocals as sums of two floats. For whoever's rounding differs, all 256
// answers.
struct Normalization {
  float mean, inverse255[2], inverse_std[2];
  bool exact = false;  // the sums of two give the 256 answers
  float table[256];
};

// One a channel, `exact` not yet known.
std::vector<Normalization> normalizations(const PrepareImage&);

}  // namespace fovea::ops
