#include "fovea/sorting.h"
#include "ops/order/scan.h"

#if !defined(__CUDACC__)
namespace fovea::ops::cpu {
namespace {

struct Multiply {
  template <class T>
  static T of(T a, T b) {
    return static_cast<T>(a * b);
  }
};

void cumprod(const ScanParams& p, Queue, std::span<const Array> in, const Array& out) {
  scan_array<Multiply>("cumprod", p, in[0], out);
}

TensorSpec infer_cumprod(const void* params, std::span<const TensorSpec> in) {
  return scan_spec("cumprod", *static_cast<const ScanParams*>(params), in[0]);
}

}  // namespace

void register_cumprod(Registry& r) {
  r.add_op<ScanParams>({"cumprod", "running products along an axis", {"x"}, infer_cumprod});
  r.add_row({"cumprod", Device::Kind::cpu, "portable", plain, simple_kernel<ScanParams, cumprod>});
}

}  // namespace fovea::ops::cpu

namespace fovea {

Array cumprod(const Array& array, std::optional<int> axis) {
  std::vector<double> axes;
  if (axis) axes.push_back(*axis);
  return ops::apply("cumprod", {{"axis", axes}}, {&array, 1});
}

}  // namespace fovea
#endif
