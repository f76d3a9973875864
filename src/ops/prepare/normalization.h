#pragma once
#include <span>
#include <vector>

namespace fovea::ops {

// (x / 255 - mean) / std without division: reciprocals as sums of two floats. For whoever's rounding differs, all 256
// answers.
struct Normalization {
  float mean, inverse255[2], inverse_std[2];
  bool exact = false;  // the sums of two give the 256 answers
  float table[256];
};

// One a channel, `exact` not yet known.
std::vector<Normalization> normalizations(std::span<const double> mean, std::span<const double> std);

}  // namespace fovea::ops
