#include "ops/fft/shift.h"
#if !defined(__CUDACC__)
#include "fovea/fft.h"
#endif

namespace fovea::ops::FOVEA_PASS {

TensorSpec infer_fftshift(const void* params, std::span<const TensorSpec> in) {
  return infer_shift("fftshift", *static_cast<const ShiftParams*>(params), in[0]);
}

void register_fftshift(Registry& r) {
  r.add_op<ShiftParams>(
      {"fftshift", "moves the zero frequency to the middle of the axes", {"x"}, infer_fftshift, {}, nullptr, true});
  r.add_row({"fftshift", pass_device, "portable", plain, simple_kernel<ShiftParams, shift<false>>});
}

}  // namespace fovea::ops::FOVEA_PASS

#if !defined(__CUDACC__)
namespace fovea {

Array fftshift(const Array& x, const std::vector<int>& axes) {
  return ops::apply("fftshift", {{"axes", std::vector<double>(axes.begin(), axes.end())}}, {&x, 1});
}

}  // namespace fovea
#endif
