#include <limits>

#include "fovea/sorting.h"
#include "ops/order/select.h"

#if !defined(__CUDACC__)
namespace fovea::ops::cpu {
namespace {

struct Percentile {
  std::vector<double> q = {50}, axis;
  std::string method = "linear";

  template <class F>
  void fields(F&& f) {
    f("q", q, "percentiles", Range{0, 100});
    f("axis", axis, "the axis, negative from the end; none: all elements");
    f("method", method, "what lies between two elements",
      Choices{{"linear", "lower", "higher", "nearest", "midpoint"}});
  }
};

// Between which ranks a percentile lies, and how far.
struct Place {
  Index below, above;
  double share;
};

Place place_of(double q, const std::string& method, Index count) {
  const double at = static_cast<double>(count - 1) * (q / 100), low = std::floor(at), high = std::ceil(at);
  const auto rank = [&](double v) { return std::min(static_cast<Index>(v), count - 1); };
  if (method == "lower") return {rank(low), rank(low), 0};
  if (method == "higher") return {rank(high), rank(high), 0};
  if (method == "nearest") return {rank(std::nearbyint(at)), rank(std::nearbyint(at)), 0};
  return {rank(low), rank(high), method == "midpoint" ? 0.5 : at - low};
}

// As NumPy: from the nearer end, so that it is monotonic and exact at both.
double between(double a, double b, double share) {
  if (a == b || share == 0) return a;
  return share < 0.5 ? a + (b - a) * share : b - (b - a) * (1 - share);
}

void percentile(const Percentile& p, Queue, std::span<const Array> in, const Array& out) {
  const Lines lines = lines_of("percentile", in[0].shape(), p.axis);
  std::vector<Place> places;
  std::vector<Index> ranks;
  for (const double q : p.q) {
    places.push_back(place_of(q, p.method, lines.count));
    ranks.insert(ranks.end(), {places.back().below, places.back().above});
  }
  std::sort(ranks.begin(), ranks.end());
  ranks.erase(std::unique(ranks.begin(), ranks.end()), ranks.end());
  const auto of = [&](Index rank) { return std::lower_bound(ranks.begin(), ranks.end(), rank) - ranks.begin(); };
  for_ranked(in[0], lines, ranks, [&](Index line, const double* values) {
    for (std::size_t k = 0; k < places.size(); ++k) {
      const double v = values ? between(values[of(places[k].below)], values[of(places[k].above)], places[k].share)
                              : std::numeric_limits<double>::quiet_NaN();
      store_real(out, static_cast<Index>(k) * lines.lines() + line, v);
    }
  });
}

TensorSpec infer_percentile(const void* params, std::span<const TensorSpec> in) {
  const auto& p = *static_cast<const Percentile*>(params);
  require(p.q.size() <= 10000, "percentile", "q: expected up to 10000, got " + std::to_string(p.q.size()));
  TensorSpec spec = statistic_spec("percentile", in[0], p.axis);
  spec.shape.insert(spec.shape.begin(), static_cast<std::int64_t>(p.q.size()));
  return spec;
}

}  // namespace

void register_percentile(Registry& r) {
  r.add_op<Percentile>({"percentile", "percentiles along an axis or of all elements", {"x"}, infer_percentile});
  r.add_row({"percentile", Device::Kind::cpu, "portable", plain, simple_kernel<Percentile, percentile>});
}

}  // namespace fovea::ops::cpu

namespace fovea {

Array percentile(const Array& array, std::span<const double> q, std::optional<int> axis, std::string_view method) {
  std::vector<double> axes;
  if (axis) axes.push_back(*axis);
  return ops::apply("percentile",
                    {{"q", std::vector<double>(q.begin(), q.end())}, {"axis", axes}, {"method", std::string(method)}},
                    {&array, 1});
}

}  // namespace fovea
#endif
