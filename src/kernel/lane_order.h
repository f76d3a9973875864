#pragma once
#include <cstddef>
#include <cstring>

namespace fovea {

// The order in which the CPU runs the lanes of a block. Tests reverse and shuffle it over poisoned shared memory, which
// shows a missing barrier or an uninitialised slot on machines without a GPU.
enum class LaneOrder { forward, reversed, shuffled };
extern thread_local LaneOrder lane_order_now;

inline int lane_order(int step, int lanes) {
  switch (lane_order_now) {
    case LaneOrder::reversed:
      return lanes - 1 - step;
    case LaneOrder::shuffled:
      return (step * 5 + 3) % lanes;  // a permutation: lanes is a power of two
    default:
      return step;
  }
}

inline void poison(void* shared, std::size_t bytes) {
  if (lane_order_now != LaneOrder::forward) std::memset(shared, 0x7F, bytes);
}

}  // namespace fovea
