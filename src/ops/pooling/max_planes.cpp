#include "ops/pooling/max_planes.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/pooling/max_planes.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fovea::ops::pooling::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<float>;

Index Lanes() {
  return static_cast<Index>(hn::Lanes(D()));
}

// A window of `size` sides, or less where the picture ends, at x.
HWY_INLINE void PoolWindow(const Planes& p, const float* x, Index rows, Index columns, float* y) {
  const D d;
  for (Index lane = 0; lane < p.block; lane += Lanes()) {
    auto best = hn::Set(d, -__builtin_inff());
    for (Index r = 0; r < rows; ++r)
      for (Index s = 0; s < columns; ++s) {
        const auto v = hn::Load(d, x + (r * p.width + s) * p.block + lane);
        best = hn::IfThenElse(hn::Or(hn::Gt(v, best), hn::IsNaN(v)), v, best);
      }
    hn::Store(best, d, y + lane);
  }
}

template <Index Size>
void PoolPlanes(const Planes& p, const float* x, Index begin, Index end, float* y) {
  for (Index plane = begin; plane < end; ++plane)
    for (Index row = 0; row < p.out_height; ++row) {
      const Index top = row * p.stride - p.row_padding, first_row = std::max<Index>(top, 0);
      const Index rows = std::min(p.height, top + p.size) - first_row;
      const float* line = x + plane * p.step + first_row * p.width * p.block;
      float* to = y + plane * p.out_step + row * p.out_width * p.block;
      for (Index column = 0; column < p.out_width; ++column, to += p.block) {
        const Index left = column * p.stride - p.column_padding, first_column = std::max<Index>(left, 0);
        const Index columns = std::min(p.width, left + p.size) - first_column;
        const float* from = line + first_column * p.block;
        if (rows == Size && columns == Size)
          PoolWindow(p, from, Size, Size, to);
        else
          PoolWindow(p, from, rows, columns, to);
      }
    }
}

void MaxPlanes(const Planes& p, const float* x, Index begin, Index end, float* y) {
  if (p.size == 3) return PoolPlanes<3>(p, x, begin, end, y);
  PoolPlanes<2>(p, x, begin, end, y);
}

}  // namespace fovea::ops::pooling::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fovea::ops::pooling {

HWY_EXPORT(Lanes);
HWY_EXPORT(MaxPlanes);

bool takes_block(Index block) {
  return block % HWY_DYNAMIC_DISPATCH(Lanes)() == 0;
}

void max_planes(const Planes& p, const float* x, Index begin, Index end, float* y) {
  HWY_DYNAMIC_DISPATCH(MaxPlanes)(p, x, begin, end, y);
}

}  // namespace fovea::ops::pooling
#endif
