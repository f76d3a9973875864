#pragma once
#include "ops/correlate/geometry.h"

namespace fovea::ops::FOVEA_PASS {

// Sums over kernels of up to 15 x 15 taps, a tile of one channel a block: taps, the tile and what surrounds it go to
// shared memory. The order of the sums is the portable body's.
template <class A>
struct CorrelateTile {
  static constexpr int lanes = 256, rows = 16, columns = 32, most_taps = 15;
  static constexpr int loaded_rows = rows + most_taps - 1, loaded_columns = columns + most_taps - 1;
  struct Shared {
    A tap[most_taps * most_taps];
    A loaded[loaded_rows][loaded_columns];
  };
  View<const A, 3> x;  // [height, width, channels] and [height, width], of any strides
  View<const A, 2> k;
  A* y;
  Index extent[3], top, left;
  Border border;
  A fill;

  FOVEA_HD Index tiles_across() const { return (extent[1] + columns - 1) / columns; }
  FOVEA_HD Index tiles_down() const { return (extent[0] + rows - 1) / rows; }
  Index blocks() const { return tiles_across() * tiles_down() * extent[2]; }

  FOVEA_HD void operator()(Block<lanes>& block, Shared& shared) const {
    const Index column0 = block.index % tiles_across() * columns;
    const Index row0 = block.index / tiles_across() % tiles_down() * rows;
    const Index channel = block.index / tiles_across() / tiles_down();
    const int high = static_cast<int>(k.extent[0]), wide = static_cast<int>(k.extent[1]);
    block.lanes([&](int lane) {
      for (int at = lane; at < high * wide; at += lanes) shared.tap[at] = k(at / wide, at % wide);
      const int width = columns + wide - 1;
      for (int at = lane; at < (rows + high - 1) * width; at += lanes) {
        const Index r = at_border(row0 - top + at / width, x.extent[0], border);
        const Index c = at_border(column0 - left + at % width, x.extent[1], border);
        shared.loaded[at / width][at % width] = r < 0 || c < 0 ? fill : x(r, c, channel);
      }
    });
    block.lanes([&](int lane) {
      const int column = lane % columns;
      for (int row = lane / columns; row < rows; row += lanes / columns) {
        if (row0 + row >= extent[0] || column0 + column >= extent[1]) continue;
        A sum{};
        for (int i = 0; i < high; ++i)
          for (int j = 0; j < wide; ++j) sum += shared.tap[i * wide + j] * shared.loaded[row + i][column + j];
        y[((row0 + row) * extent[1] + column0 + column) * extent[2] + channel] = sum;
      }
    });
  }
};

template <class A>
void correlate_tiled_as(const Correlate& p, const Operands& o, Queue queue, const Array& out) {
  const Shape &xs = o.image.shape(), &ks = o.kernel.shape();
  const CorrelateTile<A> tile{
      {reinterpret_cast<const A*>(o.image.data()),
       {xs[0], xs[1], o.channels()},
       {o.image.strides()[0], o.image.strides()[1], o.channel_stride()}},
      {reinterpret_cast<const A*>(o.kernel.data()), {ks[0], ks[1]}, {o.kernel.strides()[0], o.kernel.strides()[1]}},
      reinterpret_cast<A*>(out.data()),
      {out.shape()[0], out.shape()[1], o.channels()},
      o.top,
      o.left,
      o.border,
      static_cast<A>(p.fillvalue)};
  for_blocks<CorrelateTile<A>::lanes>(queue, tile.blocks(), tile);
}

template <bool Convolve>
void correlate_tiled(const Correlate& p, Queue queue, std::span<const Array> in, const Array& out) {
  const Operands o = operands(p, Convolve, in);
  if (out.dtype() == DType::f32)
    correlate_tiled_as<float>(p, o, queue, out);
  else
    correlate_tiled_as<double>(p, o, queue, out);
}

// Operands of one type, f32 or f64, and a kernel that stays the kernel: valid sums of a larger one swap the two.
inline bool correlates_tiled(const Call& call) {
  const TensorSpec &image = call.inputs[0], &kernel = call.inputs[1];
  const bool swapped = kernel.shape[0] > image.shape[0] || kernel.shape[1] > image.shape[1];
  const Index most = CorrelateTile<float>::most_taps;
  const std::string& method = call.as<Correlate>().method;
  return plain(call) && image.dtype == kernel.dtype && (image.dtype == DType::f32 || image.dtype == DType::f64) &&
         kernel.shape[0] <= most && kernel.shape[1] <= most && !(swapped && call.as<Correlate>().mode == "valid") &&
         (method == "auto" || method == "direct");
}

}  // namespace fovea::ops::FOVEA_PASS
