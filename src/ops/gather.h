#pragma once
#include "ops/strided.h"

namespace fovea::ops::FOVEA_PASS {

// Elements of a strided array, one after the other.
template <class T>
struct GatherBody {
  const T* x;
  T* y;
  Strided from;

  FOVEA_HD void operator()(Index n) const { y[n] = x[from.offset(n)]; }
};

template <class T>
void gather(Queue queue, const T* x, T* y, const Strided& from, Index count) {
  const Index extent[1] = {count};
  for_each(queue, extent, GatherBody<T>{x, y, from});
}

}  // namespace fovea::ops::FOVEA_PASS
