#include "ops/fft/direct.h"
#if !defined(__CUDACC__)
#include "ops/fft/options.h"
#endif

namespace fovea::ops::FOVEA_PASS {

using P = fourier::PlaneParams;
constexpr auto kind = fourier::Kind::inverse;

TensorSpec infer_ifft2(const void* params, std::span<const TensorSpec> in) {
  return infer_transform<P, kind>("ifft2", params, in);
}

void register_ifft2(Registry& r) {
  r.add_op<P>({"ifft2", "inverse of fft2", {"x"}, infer_ifft2, {}, nullptr, true});
  r.add_row({"ifft2", pass_device, "portable", transforms, prepare_transform<P, kind>});
}

}  // namespace fovea::ops::FOVEA_PASS

#if !defined(__CUDACC__)
namespace fovea {

Array ifft2(const Array& x, const FftPlane& o) {
  return ops::apply("ifft2", ops::fourier::to_params(o), {&x, 1});
}

}  // namespace fovea
#endif
