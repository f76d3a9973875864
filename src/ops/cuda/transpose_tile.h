#pragma once
#include "ops/gather.h"

namespace fovea::ops::FOVEA_PASS {

// Row-major elements from an array whose last axis does not lie closest: tiles of 32 x 32 are read along the axis that
// does, `near`, and written along the last one. Rows of 33 keep a column's elements in different banks.
template <class T>
struct TransposeTile {
  static constexpr int lanes = 256, side = 32, step = lanes / side;
  struct Shared {
    T tile[side][side + 1];
  };
  const T* x;
  T* y;
  Index near_extent, near_from, near_to;  // elements, and how far they lie apart in x and y
  Index last_extent, last_from;
  int rest;  // the other axes
  Index extent[most_strided_axes], from[most_strided_axes], to[most_strided_axes];

  FOVEA_HD Index tiles_near() const { return (near_extent + side - 1) / side; }
  FOVEA_HD Index tiles_last() const { return (last_extent + side - 1) / side; }
  Index blocks() const {
    Index count = tiles_near() * tiles_last();
    for (int k = 0; k < rest; ++k) count *= extent[k];
    return count;
  }

  FOVEA_HD void operator()(Block<lanes>& block, Shared& shared) const {
    Index left = block.index;
    const Index last0 = left % tiles_last() * side;
    left /= tiles_last();
    const Index near0 = left % tiles_near() * side;
    left /= tiles_near();
    Index in = 0, out = 0;
    for (int k = rest - 1; k >= 0; --k) {
      in += left % extent[k] * from[k];
      out += left % extent[k] * to[k];
      left /= extent[k];
    }
    block.lanes([&](int lane) {
      const Index a = near0 + lane % side;
      for (int b = lane / side; b < side; b += step)
        if (a < near_extent && last0 + b < last_extent)
          shared.tile[b][lane % side] = x[in + a * near_from + (last0 + b) * last_from];
    });
    block.lanes([&](int lane) {
      const Index b = last0 + lane % side;
      for (int a = lane / side; a < side; a += step)
        if (near0 + a < near_extent && b < last_extent)
          y[out + (near0 + a) * near_to + b] = shared.tile[lane % side][a];
    });
  }
};

// Which axis lies closest, or -1 when that is the last one, which needs no tiles.
inline int nearest_axis(const Strided& s) {
  int best = s.axes - 1;
  const auto distance = [&](int k) { return s.stride[k] < 0 ? -s.stride[k] : s.stride[k]; };
  for (int k = 0; k < s.axes; ++k)
    if (s.stride[k] != 0 && distance(k) < distance(best)) best = k;
  return best == s.axes - 1 ? -1 : best;
}

template <class T>
TransposeTile<T> transpose_tile(const T* x, T* y, const Strided& s, int near) {
  const int last = s.axes - 1;
  TransposeTile<T> tile{x, y, s.extent[near], s.stride[near], 0, s.extent[last], s.stride[last], 0, {}, {}, {}};
  Index to = 1;
  for (int k = last; k >= 0; --k) {
    if (k == near) tile.near_to = to;
    if (k != near && k != last) {
      tile.extent[tile.rest] = s.extent[k];
      tile.from[tile.rest] = s.stride[k];
      tile.to[tile.rest++] = to;
    }
    to *= s.extent[k];
  }
  return tile;
}

// Row-major elements of any strided array, through tiles where these help.
template <class T>
void copy_tiled(Queue queue, const T* x, T* y, const Strided& s, Index count) {
  const int near = count == 0 ? -1 : nearest_axis(s);
  if (near < 0) return gather(queue, x, y, s, count);
  const TransposeTile<T> tile = transpose_tile(x, y, s, near);
  for_blocks<TransposeTile<T>::lanes>(queue, tile.blocks(), tile);
}

}  // namespace fovea::ops::FOVEA_PASS
