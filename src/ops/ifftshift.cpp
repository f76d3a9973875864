#include "ops/fft/shift.h"
#if !defined(__CUDACC__)
#include "fovea/fft.h"
#endif

namespace fovea::ops::FOVEA_PASS {

TensorSpec infer_ifftshift(const void* params, std::span<const TensorSpec> in) {
  return infer_shift("ifftshift", *static_cast<const ShiftParams*>(params), in[0]);
}

void register_ifftshift(Registry& r) {
  r.add_op<ShiftParams>({"ifftshift", "inverse of fftshift", {"x"}, infer_ifftshift, {}, nullptr, true});
  r.add_row({"ifftshift", pass_device, "portable", plain, simple_kernel<ShiftParams, shift<true>>});
}

}  // namespace fovea::ops::FOVEA_PASS

#if !defined(__CUDACC__)
namespace fovea {

Array ifftshift(const Array& x, const std::vector<int>& axes) {
  return ops::apply("ifftshift", {{"axes", std::vector<double>(axes.begin(), axes.end())}}, {&x, 1});
}

}  // namespace fovea
#endif
