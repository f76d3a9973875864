#include <limits>

#include "fovea/sorting.h"
#include "ops/order/select.h"

#if !defined(__CUDACC__)
namespace fovea::ops::cpu {
namespace {

struct Median {
  std::vector<double> axis;

  template <class F>
  void fields(F&& f) {
    f("axis", axis, "the axis, negative from the end; none: all elements");
  }
};

void median(const Median& p, Queue, std::span<const Array> in, const Array& out) {
  const Lines lines = lines_of("median", in[0].shape(), p.axis);
  const Index ranks[] = {(lines.count - 1) / 2, lines.count / 2};
  const std::span<const Index> used(ranks, ranks[0] == ranks[1] ? 1 : 2);
  for_ranked(in[0], lines, used, [&](Index line, const double* values) {
    const double v = !values            ? std::numeric_limits<double>::quiet_NaN()
                     : used.size() == 1 ? values[0]
                                        : (values[0] + values[1]) / 2;
    store_real(out, line, v);
  });
}

TensorSpec infer_median(const void* params, std::span<const TensorSpec> in) {
  return statistic_spec("median", in[0], static_cast<const Median*>(params)->axis);
}

}  // namespace

void register_median(Registry& r) {
  r.add_op<Median>({"median", "medians along an axis or of all elements", {"x"}, infer_median});
  r.add_row({"median", Device::Kind::cpu, "portable", plain, simple_kernel<Median, median>});
}

}  // namespace fovea::ops::cpu

namespace fovea {

Array median(const Array& array, std::optional<int> axis) {
  std::vector<double> axes;
  if (axis) axes.push_back(*axis);
  return ops::apply("median", {{"axis", axes}}, {&array, 1});
}

}  // namespace fovea
#endif
