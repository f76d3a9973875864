#include "ops/fft/direct.h"
#if !defined(__CUDACC__)
#include "ops/fft/options.h"
#endif

namespace fovea::ops::FOVEA_PASS {

using P = fourier::PlaneParams;
constexpr auto kind = fourier::Kind::real;

TensorSpec infer_rfft2(const void* params, std::span<const TensorSpec> in) {
  return infer_transform<P, kind>("rfft2", params, in);
}

void register_rfft2(Registry& r) {
  r.add_op<P>({"rfft2",
               "discrete Fourier transform of real numbers: over the last of the axes elements 0 to n/2",
               {"x"},
               infer_rfft2,
               {},
               nullptr,
               true});
  r.add_row({"rfft2", pass_device, "portable", transforms, prepare_transform<P, kind>});
}

}  // namespace fovea::ops::FOVEA_PASS

#if !defined(__CUDACC__)
namespace fovea {

Array rfft2(const Array& x, const FftPlane& o) {
  return ops::apply("rfft2", ops::fourier::to_params(o), {&x, 1});
}

}  // namespace fovea
#endif
