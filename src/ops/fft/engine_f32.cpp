#include "ops/fft/engine.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/fft/engine_f32.cpp"
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4)  // AVX-512, AVX2, and plain C++ for processors without
#include <hwy/foreach_target.h>

#include "ops/fft/engine-inl.h"

HWY_BEFORE_NAMESPACE();
namespace fovea::ops::fourier::HWY_NAMESPACE {

Engine<float> ChooseF32() {
  return {width<float>, line_of<float>, transform<float>, columns<float>, multiply_conjugate<float>};
}

}  // namespace fovea::ops::fourier::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fovea::ops::fourier {

HWY_EXPORT(ChooseF32);

template <>
const Engine<float>& engine<float>() {
  static const Engine<float> instance = HWY_DYNAMIC_DISPATCH(ChooseF32)();
  return instance;
}

}  // namespace fovea::ops::fourier
#endif
