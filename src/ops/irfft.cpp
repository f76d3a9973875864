#include "ops/fft/direct.h"
#if !defined(__CUDACC__)
#include "ops/fft/options.h"
#endif

namespace fovea::ops::FOVEA_PASS {

using P = fourier::LineParams;
constexpr auto kind = fourier::Kind::hermitian;

TensorSpec infer_irfft(const void* params, std::span<const TensorSpec> in) {
  return infer_transform<P, kind>("irfft", params, in);
}

void register_irfft(Registry& r) {
  r.add_op<P>({"irfft", "inverse of rfft; n tells odd lengths from even ones", {"x"}, infer_irfft, {}, nullptr, true});
  r.add_row({"irfft", pass_device, "portable", transforms, prepare_transform<P, kind>});
}

}  // namespace fovea::ops::FOVEA_PASS

#if !defined(__CUDACC__)
namespace fovea {

Array irfft(const Array& x, const FftLine& o) {
  return ops::apply("irfft", ops::fourier::to_params(o), {&x, 1});
}

}  // namespace fovea
#endif
