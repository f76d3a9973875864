#include "ops/fft/direct.h"
#if !defined(__CUDACC__)
#include "ops/fft/options.h"
#endif

namespace fovea::ops::FOVEA_PASS {

using P = fourier::LineParams;
constexpr auto kind = fourier::Kind::real;

TensorSpec infer_rfft(const void* params, std::span<const TensorSpec> in) {
  return infer_transform<P, kind>("rfft", params, in);
}

void register_rfft(Registry& r) {
  r.add_op<P>({"rfft",
               "discrete Fourier transform of real numbers along one axis: elements 0 to n/2",
               {"x"},
               infer_rfft,
               {},
               nullptr,
               true});
  r.add_row({"rfft", pass_device, "portable", transforms, prepare_transform<P, kind>});
}

}  // namespace fovea::ops::FOVEA_PASS

#if !defined(__CUDACC__)
namespace fovea {

Array rfft(const Array& x, const FftLine& o) {
  return ops::apply("rfft", ops::fourier::to_params(o), {&x, 1});
}

}  // namespace fovea
#endif
