#include "ops/fft/engine.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/fft/engine_f64.cpp"
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4)  // AVX-512, AVX2, and plain C++ for processors without
#include <hwy/foreach_target.h>

#include "ops/fft/engine-inl.h"

HWY_BEFORE_NAMESPACE();
namespace fovea::ops::fourier::HWY_NAMESPACE {

Engine<double> ChooseF64() {
  return {width<double>, line_of<double>, transform<double>, columns<double>, multiply_conjugate<double>};
}

}  // namespace fovea::ops::fourier::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fovea::ops::fourier {

HWY_EXPORT(ChooseF64);

template <>
const Engine<double>& engine<double>() {
  static const Engine<double> instance = HWY_DYNAMIC_DISPATCH(ChooseF64)();
  return instance;
}

}  // namespace fovea::ops::fourier
#endif
