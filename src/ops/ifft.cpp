#include "ops/fft/direct.h"
#if !defined(__CUDACC__)
#include "ops/fft/options.h"
#endif

namespace fovea::ops::FOVEA_PASS {

using P = fourier::LineParams;
constexpr auto kind = fourier::Kind::inverse;

TensorSpec infer_ifft(const void* params, std::span<const TensorSpec> in) {
  return infer_transform<P, kind>("ifft", params, in);
}

void register_ifft(Registry& r) {
  r.add_op<P>({"ifft", "inverse of fft", {"x"}, infer_ifft, {}, nullptr, true});
  r.add_row({"ifft", pass_device, "portable", transforms, prepare_transform<P, kind>});
}

}  // namespace fovea::ops::FOVEA_PASS

#if !defined(__CUDACC__)
namespace fovea {

Array ifft(const Array& x, const FftLine& o) {
  return ops::apply("ifft", ops::fourier::to_params(o), {&x, 1});
}

}  // namespace fovea
#endif
