#pragma once
#include <string>
#include <vector>

#include "ops/filter/border.h"

namespace fovea::ops {

struct GaussianFilter {
  std::vector<double> sigma{1};
  double truncate = 4;
  std::string border = "reflect";
  double value = 0;

  template <class F>
  void fields(F&& f) {
    f("sigma", sigma, "standard deviations of rows and columns in pixels, or one for both", Range{0, 32767});
    f("truncate", truncate, "the window's radius in standard deviations", Range{0, 1000});
    f("border", border, "what lies outside the image", border_choices());
    f("value", value, "of the constant border");
  }
};

// exp(-k^2 / (2 sigma^2)) over their sum, for k from -radius to radius.
inline std::vector<double> gaussian_weights(const GaussianFilter& p, std::size_t axis) {
  require(p.sigma.size() == 1 || p.sigma.size() == 2, "gaussian_filter",
          "expected sigma as one or two numbers, got " + std::to_string(p.sigma.size()));
  const double sigma = p.sigma[p.sigma.size() == 2 ? axis : 0];
  const double reach = std::floor(p.truncate * sigma + 0.5);
  require(reach <= 32767, "gaussian_filter",
          "expected a radius of at most 32767, got truncate * sigma = " + std::to_string(p.truncate * sigma));
  const Index radius = static_cast<Index>(reach);
  std::vector<double> weights(static_cast<std::size_t>(2 * radius + 1), 1.0);
  if (radius == 0) return weights;
  double sum = 0;
  for (Index k = -radius; k <= radius; ++k) {
    const double at = static_cast<double>(k) / sigma;
    sum += weights[static_cast<std::size_t>(k + radius)] = std::exp(-0.5 * at * at);
  }
  for (double& w : weights) w /= sum;
  return weights;
}

// Rounds a sum to an element: integers to nearest, halves to even, saturating.
template <class T, class A>
FOVEA_HD T rounded_element(A sum) {
  if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(sum);
  } else {
    constexpr A low = std::numeric_limits<T>::min(), high = std::numeric_limits<T>::max();
    const A whole = sizeof(A) == 4 ? static_cast<A>(rintf(static_cast<float>(sum))) : static_cast<A>(rint(sum));
    return static_cast<T>(whole < low ? low : whole > high ? high : whole);
  }
}

}  // namespace fovea::ops
