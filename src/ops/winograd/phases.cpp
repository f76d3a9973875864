#include "ops/winograd/phases.h"

#include <algorithm>
#include <cstring>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/winograd/phases.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fovea::ops::winograd::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL

// A row of the padded picture, of `size` floats.
void PaddedRow(const Phases& p, const float* plane, Index row, Index size, float* to) {
  std::fill_n(to, size, 0.0f);
  if (row >= 0 && row < p.height)
    std::memcpy(to + p.padding, plane + row * p.width,
                static_cast<std::size_t>(std::min(p.width, size - p.padding)) * sizeof(float));
}

void SplitPhases(const Phases& p, const float* x, Index begin, Index end, float* phases) {
  const hn::ScalableTag<float> d;
  const hn::FixedTag<float, 4> quad;
  constexpr Index lanes = HWY_LANES(float);
  const Index channels = (4 * p.channels + p.lanes - 1) / p.lanes * p.lanes / 4, plane = p.rows * p.columns * p.lanes;
  const Index steps = (p.columns + lanes - 1) / lanes, size = 2 * steps * lanes;
  std::vector<float> upper(static_cast<std::size_t>(size)), lower(static_cast<std::size_t>(size));
  HWY_ALIGN float four[4 * lanes];
  for (Index i = begin; i < end; ++i)
    for (Index c = 0; c < channels; ++c) {
      const float* from = x + c * p.height * p.width;
      const bool real = c < p.channels;  // or zeros that fill the block
      PaddedRow(p, from, real ? 2 * (p.first + i) - p.padding : -1, size, upper.data());
      PaddedRow(p, from, real ? 2 * (p.first + i) + 1 - p.padding : -1, size, lower.data());
      float* to = phases + 4 * c / p.lanes * plane + i * p.columns * p.lanes + 4 * c % p.lanes;
      for (Index j = 0; j < p.columns; j += lanes) {
        hn::Vec<decltype(d)> a0, a1, b0, b1;
        hn::LoadInterleaved2(d, upper.data() + 2 * j, a0, a1);
        hn::LoadInterleaved2(d, lower.data() + 2 * j, b0, b1);
        hn::StoreInterleaved4(a0, a1, b0, b1, d, four);
        for (Index k = 0; k < std::min(lanes, p.columns - j); ++k, to += p.lanes)
          hn::Store(hn::Load(quad, four + 4 * k), quad, to);
      }
    }
}

#else

void SplitPhases(const Phases&, const float*, Index, Index, float*) {}

#endif

}  // namespace fovea::ops::winograd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fovea::ops::winograd {

HWY_EXPORT(SplitPhases);

void split_phases(const Phases& p, const float* x, Index begin, Index end, float* phases) {
  HWY_DYNAMIC_DISPATCH(SplitPhases)(p, x, begin, end, phases);
}

}  // namespace fovea::ops::winograd
#endif
