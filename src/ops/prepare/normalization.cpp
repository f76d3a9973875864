#include "ops/prepare/normalization.h"

namespace fovea::ops {
namespace {

void split(double value, float (&parts)[2]) {
  parts[0] = static_cast<float>(value);
  parts[1] = static_cast<float>(value - static_cast<double>(parts[0]));
}

}  // namespace

std::vector<Normalization> normalizations(std::span<const double> mean, std::span<const double> std) {
  std::vector<Normalization> all(mean.size());
  for (std::size_t c = 0; c < all.size(); ++c) {
    Normalization& n = all[c];
    const float divisor = static_cast<float>(std[c]);
    n.mean = static_cast<float>(mean[c]);
    split(1.0 / 255, n.inverse255);
    split(1.0 / static_cast<double>(divisor), n.inverse_std);
    for (int v = 0; v < 256; ++v) n.table[v] = (static_cast<float>(v) / 255.0f - n.mean) / divisor;
  }
  return all;
}

}  // namespace fovea::ops
