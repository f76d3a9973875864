#pragma once
#include "ops/activation_types.h"

namespace fovea::ops::FOVEA_PASS {

// The mean of a channel's rows and columns, a block each: lanes sum every 128th place in f64, a tree sums the lanes.
template <class T>
struct PlaneMean {
  static constexpr int lanes = 128;
  struct Shared {
    double part[lanes];
  };
  struct Plus {
    FOVEA_HD double operator()(double a, double b) const { return a + b; }
  };
  View<const T, 5> x;
  View<float, 2> y;

  FOVEA_HD void operator()(Block<lanes>& block, Shared& shared) const {
    const Index n = block.index / y.extent[1], c = block.index % y.extent[1], group = x.extent[4];
    const Index places = x.extent[2] * x.extent[3];
    block.lanes([&](int lane) {
      double sum = 0;
      for (Index at = lane; at < places; at += lanes)
        sum += static_cast<float>(x(n, c / group, at / x.extent[3], at % x.extent[3], c % group));
      shared.part[lane] = sum;
    });
    tree_reduce(block, shared.part, Plus{});
    block.lanes([&](int lane) {
      if (lane == 0) y(n, c) = static_cast<float>(shared.part[0] / static_cast<double>(places));
    });
  }
};

inline void plane_means(Queue queue, const Array& in, const Array& out) {
  with_activation_type(in.dtype(), [&]<class T>(T) {
    const PlaneMean<T> body{blocked_view<const T>(in), view<float, 2>(out)};
    for_blocks<PlaneMean<T>::lanes>(queue, out.size(), body);
  });
}

}  // namespace fovea::ops::FOVEA_PASS
