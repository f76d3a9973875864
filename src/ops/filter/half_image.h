#pragma once
#include "ops/op.h"

#if !defined(__CUDACC__)
#include "array/convert.h"
#include "base/half.h"
#include "base/threads.h"
#endif

namespace fovea::ops {

// f16 images are filtered as f32 and rounded at the end; on the host only.
inline bool half_image([[maybe_unused]] const Call& call) {
#if defined(__CUDACC__)
  return false;
#else
  return call.inputs[0].dtype == DType::f16;
#endif
}

#if !defined(__CUDACC__)
template <class Run>
void through_f32(const Array& in, const Array& out, const Run& run) {
  const Array wide = to_f32(in), result = Array::empty(out.shape(), DType::f32);
  run(wide, result);
  const float* from = reinterpret_cast<const float*>(result.data());
  auto* to = reinterpret_cast<std::uint16_t*>(out.data());
  parallel_for(out.size(), 1 << 14, [&](Index begin, Index end) {
    for (Index k = begin; k < end; ++k) to[k] = f32_to_f16(from[k]);
  });
}
#endif

}  // namespace fovea::ops
