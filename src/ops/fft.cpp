#include "ops/fft/direct.h"
#if !defined(__CUDACC__)
#include "ops/fft/options.h"
#endif

namespace fovea::ops::FOVEA_PASS {

using P = fourier::LineParams;
constexpr auto kind = fourier::Kind::forward;

TensorSpec infer_fft(const void* params, std::span<const TensorSpec> in) {
  return infer_transform<P, kind>("fft", params, in);
}

void register_fft(Registry& r) {
  r.add_op<P>({"fft",
               "discrete Fourier transform along one axis; real numbers become complex",
               {"x"},
               infer_fft,
               {},
               nullptr,
               true});
  r.add_row({"fft", pass_device, "portable", transforms, prepare_transform<P, kind>});
}

}  // namespace fovea::ops::FOVEA_PASS

#if !defined(__CUDACC__)
namespace fovea {

Array fft(const Array& x, const FftLine& o) {
  return ops::apply("fft", ops::fourier::to_params(o), {&x, 1});
}

}  // namespace fovea
#endif
