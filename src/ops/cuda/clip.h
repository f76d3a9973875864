#pragma once
#include "ops/op.h"

namespace fovea::ops::FOVEA_PASS {

// What a ReLU6 does to the results of a ReLU, in place. NaN stays NaN.
struct ClipAt6 {
  float* y;
  FOVEA_HD void operator()(Index i) const { y[i] = y[i] > 6 ? 6.0f : y[i]; }
};

inline void clip_at_6(Queue queue, const Array& y) {
  for_each<1>(queue, {y.size()}, ClipAt6{reinterpret_cast<float*>(y.data())});
}

}  // namespace fovea::ops::FOVEA_PASS
