#pragma once
#include "base/threads.h"
#include "kernel/lane_order.h"
#include "kernel/view.h"

namespace fovea {

// body(i, j, k) once for every element of the extent; elements are independent of each other.
template <int N, class Body>
void for_each(Queue, const Index (&extent)[N], const Body& body) {
  Index inner = 1;
  for (int k = 1; k < N; ++k) inner *= extent[k];
  if (inner == 0) return;
  constexpr Index elements_a_task = 1 << 14;
  parallel_for(extent[0], elements_a_task / inner + 1, [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) {
      if constexpr (N == 1) body(i);
      if constexpr (N == 2)
        for (Index j = 0; j < extent[1]; ++j) body(i, j);
      if constexpr (N == 3)
        for (Index j = 0; j < extent[1]; ++j)
          for (Index k = 0; k < extent[2]; ++k) body(i, j, k);
      if constexpr (N == 4)
        for (Index j = 0; j < extent[1]; ++j)
          for (Index k = 0; k < extent[2]; ++k)
            for (Index l = 0; l < extent[3]; ++l) body(i, j, k, l);
    }
  });
}

// One block of N lanes that share a Shared. lanes(f) runs f for every lane and ends in a barrier.
template <int N>
struct Block {
  Index index;

  template <class F>
  void lanes(F f) {
    for (int t = 0; t < N; ++t) f(lane_order(t, N));
  }
};

// A value that each lane keeps from one lanes() call to the next.
template <class T, int N>
struct PerLane {
  T value[N];
  T& operator[](int lane) { return value[lane]; }
};

// body(block, shared) for each of `blocks` blocks of N lanes; Body::Shared starts with unspecified contents.
template <int N, class Body>
void for_blocks(Queue, Index blocks, const Body& body) {
  parallel_for(blocks, 1, [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i) {
      typename Body::Shared shared;
      poison(&shared, sizeof shared);
      Block<N> block{i};
      body(block, shared);
    }
  });
}

}  // namespace fovea
