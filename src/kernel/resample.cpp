#include "kernel/resample.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "fovea/error.h"

namespace fovea {
namespace {

struct Filter {
  const char* name;
  double support;
  double (*weight)(double);
};

double box(double x) {
  return x > -0.5 && x <= 0.5 ? 1 : 0;
}
double bilinear(double x) {
  return std::max(0.0, 1 - std::abs(x));
}
double sinc(double x) {
  return x == 0 ? 1 : std::sin(x * std::numbers::pi) / (x * std::numbers::pi);
}
double hamming(double x) {
  x = std::abs(x);
  return x >= 1 ? 0 : sinc(x) * (0.54 + 0.46 * std::cos(x * std::numbers::pi));
}
double bicubic(double x) {  // Keys, 1981, a = -0.5
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}
double lanczos(double x) {
  return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
}

constexpr Filter filters[] = {{"box", 0.5, box},
                              {"bilinear", 1, bilinear},
                              {"hamming", 1, hamming},
                              {"bicubic", 2, bicubic},
                              {"lanczos", 3, lanczos}};

std::int32_t to_fixed(double weight) {
  return static_cast<std::int32_t>((weight < 0 ? -0.5 : 0.5) + weight * (1 << Taps::fixed_bits));
}

// Pillow steps through the source by repeated addition; its rounding decides ties, so it is repeated here.
Taps nearest_taps(Index in, Index out, Index begin, Index length) {
  Taps taps{1, {}, {}, {}, {}};
  const double scale = static_cast<double>(in) / static_cast<double>(out);
  double place = scale * 0.5;
  for (Index i = 0; i < begin + length; ++i, place += scale) {
    if (i < begin) continue;
    taps.first.push_back(std::min(in - 1, static_cast<Index>(place)));
    taps.count.push_back(1);
    taps.weight.push_back(1);
    taps.fixed.push_back(1 << Taps::fixed_bits);
  }
  return taps;
}

}  // namespace

Taps make_taps(Index in, Index out, Index begin, Index length, const std::string& filter_name) {
  if (in < 1 || out < 1 || begin < 0 || length < 1 || begin + length > out)
    throw Error(Errc::bad_geometry,
                "resize: expected sides of at least 1, got " + std::to_string(in) + " to " + std::to_string(out));
  if (filter_name == "nearest") return nearest_taps(in, out, begin, length);
  const auto* filter =
      std::find_if(std::begin(filters), std::end(filters), [&](const Filter& f) { return filter_name == f.name; });
  if (filter == std::end(filters))
    throw Error(Errc::invalid_argument, "resize: filter: there is none named " + filter_name);

  const double scale = static_cast<double>(in) / static_cast<double>(out);
  const double stretch = std::max(scale, 1.0), support = filter->support * stretch;
  Taps taps;
  taps.most = static_cast<Index>(std::ceil(support)) * 2 + 1;
  taps.weight.assign(static_cast<std::size_t>(length * taps.most), 0);
  taps.fixed.assign(taps.weight.size(), 0);
  for (Index i = 0; i < length; ++i) {
    const double centre = (static_cast<double>(begin + i) + 0.5) * scale;
    const Index first = std::max<Index>(0, static_cast<Index>(centre - support + 0.5));
    const Index end = std::min(in, static_cast<Index>(centre + support + 0.5));
    double* weight = &taps.weight[static_cast<std::size_t>(i * taps.most)];
    double total = 0;
    for (Index k = first; k < end; ++k)
      total += weight[k - first] = filter->weight((static_cast<double>(k) - centre + 0.5) * (1 / stretch));
    for (Index k = 0; k < end - first; ++k) {
      if (total != 0) weight[k] /= total;
      taps.fixed[static_cast<std::size_t>(i * taps.most + k)] = to_fixed(weight[k]);
    }
    taps.first.push_back(first);
    taps.count.push_back(end - first);
  }
  return taps;
}

}  // namespace fovea
