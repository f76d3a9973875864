#include "ops/fft/direct.h"
#if !defined(__CUDACC__)
#include "ops/fft/options.h"
#endif

namespace fovea::ops::FOVEA_PASS {

using P = fourier::PlaneParams;
constexpr auto kind = fourier::Kind::forward;

TensorSpec infer_fft2(const void* params, std::span<const TensorSpec> in) {
  return infer_transform<P, kind>("fft2", params, in);
}

void register_fft2(Registry& r) {
  r.add_op<P>({"fft2", "discrete Fourier transform over two or more axes", {"x"}, infer_fft2, {}, nullptr, true});
  r.add_row({"fft2", pass_device, "portable", transforms, prepare_transform<P, kind>});
}

}  // namespace fovea::ops::FOVEA_PASS

#if !defined(__CUDACC__)
namespace fovea {

Array fft2(const Array& x, const FftPlane& o) {
  return ops::apply("fft2", ops::fourier::to_params(o), {&x, 1});
}

}  // namespace fovea
#endif
