#include "ops/fft/direct.h"
#if !defined(__CUDACC__)
#include "ops/fft/options.h"
#endif

namespace fovea::ops::FOVEA_PASS {

using P = fourier::PlaneParams;
constexpr auto kind = fourier::Kind::hermitian;

TensorSpec infer_irfft2(const void* params, std::span<const TensorSpec> in) {
  return infer_transform<P, kind>("irfft2", params, in);
}

void register_irfft2(Registry& r) {
  r.add_op<P>(
      {"irfft2", "inverse of rfft2; s tells odd lengths from even ones", {"x"}, infer_irfft2, {}, nullptr, true});
  r.add_row({"irfft2", pass_device, "portable", transforms, prepare_transform<P, kind>});
}

}  // namespace fovea::ops::FOVEA_PASS

#if !defined(__CUDACC__)
namespace fovea {

Array irfft2(const Array& x, const FftPlane& o) {
  return ops::apply("irfft2", ops::fourier::to_params(o), {&x, 1});
}

}  // namespace fovea
#endif
