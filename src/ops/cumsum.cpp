#include "fovea/sorting.h"
#include "ops/order/scan.h"

#if !defined(__CUDACC__)
namespace fovea::ops::cpu {
namespace {

struct Add {
  template <class T>
  static T of(T a, T b) {
    return static_cast<T>(a + b);
  }
};

void cumsum(const ScanParams& p, Queue, std::span<const Array> in, const Array& out) {
  scan_array<Add>("cumsum", p, in[0], out);
}

TensorSpec infer_cumsum(const void* params, std::span<const TensorSpec> in) {
  return scan_spec("cumsum", *static_cast<const ScanParams*>(params), in[0]);
}

}  // namespace

void register_cumsum(Registry& r) {
  r.add_op<ScanParams>({"cumsum", "running sums along an axis", {"x"}, infer_cumsum});
  r.add_row({"cumsum", Device::Kind::cpu, "portable", plain, simple_kernel<ScanParams, cumsum>});
}

}  // namespace fovea::ops::cpu

namespace fovea {

Array cumsum(const Array& array, std::optional<int> axis) {
  std::vector<double> axes;
  if (axis) axes.push_back(*axis);
  return ops::apply("cumsum", {{"axis", axes}}, {&array, 1});
}

}  // namespace fovea
#endif
