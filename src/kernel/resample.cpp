#include "kernel/resample.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "fovea/error.h"

namespace fovea {
namespace {

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

std::int32_t to_fixed(double weight) {
  return static_cast<std::int32_t>((weight < 0 ? -0.5 : 0.5) + weight * (1 << Taps::fixed_bits));
}

// `support` in source places.
struct Axis {
  Index in, begin, length;
  double scale, support;
};

template <double (*Weight)(double)>
void fill(const Axis& axis, Taps& taps) {
  const double shrink = 1 / std::max(axis.scale, 1.0);
  for (Index i = 0; i < axis.length; ++i) {
    const double centre = (static_cast<double>(axis.begin + i) + 0.5) * axis.scale;
    const Index first = std::max<Index>(0, static_cast<Index>(centre - axis.support + 0.5));
    const Index end = std::min(axis.in, static_cast<Index>(centre + axis.support + 0.5));
    double* weight = &taps.weight[static_cast<std::size_t>(i * taps.most)];
    std::int32_t* fixed = &taps.fixed[static_cast<std::size_t>(i * taps.most)];
    double total = 0;
    for (Index k = first; k < end; ++k)
      total += weight[k - first] = Weight((static_cast<double>(k) - centre + 0.5) * shrink);
    for (Index k = 0; k < end - first; ++k) {
      if (total != 0) weight[k] /= total;
      fixed[k] = to_fixed(weight[k]);
    }
    taps.first[static_cast<std::size_t>(i)] = first;
    taps.count[static_cast<std::size_t>(i)] = end - first;
  }
}

struct Filter {
  const char* name;
  double support;
  void (*fill)(const Axis&, Taps&);
};

constexpr Filter filters[] = {{"box", 0.5, fill<box>},
                              {"bilinear", 1, fill<bilinear>},
                              {"hamming", 1, fill<hamming>},
                              {"bicubic", 2, fill<bicubic>},
                              {"lanczos", 3, fill<lanczos>}};

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
  const Axis axis{in, begin, length, scale, filter->support * std::max(scale, 1.0)};
  Taps taps;
  taps.most = static_cast<Index>(std::ceil(axis.support)) * 2 + 1;
  taps.first.resize(static_cast<std::size_t>(length));
  taps.count.resize(static_cast<std::size_t>(length));
  taps.weight.assign(static_cast<std::size_t>(length * taps.most), 0);
  taps.fixed.assign(taps.weight.size(), 0);
  filter->fill(axis, taps);
  return taps;
}

}  // namespace fovea
