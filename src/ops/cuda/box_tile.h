#pragma once
#include "ops/filter/box.h"

namespace fovea::ops::FOVEA_PASS {

// Means over windows of up to 15 x 15, a tile of rows and flat places (column * channels + channel) a block: the tile
// and what surrounds it go to shared memory, are summed across and then down.
template <class T>
struct BoxTile {
  static constexpr int lanes = 256, flats = 64, rows = 8, most_window = 15, most_channels = 4;
  static constexpr int loaded_rows = rows + most_window - 1, loaded_flats = 128;  // 63 + 4 + 15 * 4 at most
  struct Shared {
    T loaded[loaded_rows][loaded_flats];
    BoxSum<T> across[loaded_rows][flats];
  };
  const T* x;
  T* y;
  ImageShape shape;
  Index window[2];
  Border border;
  T outside;

  FOVEA_HD Index line() const { return shape.columns * shape.channels; }
  FOVEA_HD Index tiles_across() const { return (line() + flats - 1) / flats; }
  Index blocks() const { return tiles_across() * ((shape.rows + rows - 1) / rows); }

  FOVEA_HD void operator()(Block<lanes>& block, Shared& shared) const {
    const Index flat0 = block.index % tiles_across() * flats, row0 = block.index / tiles_across() * rows;
    const int here = static_cast<int>(line() - flat0 < flats ? line() - flat0 : flats);
    const int channels = static_cast<int>(shape.channels), wide = static_cast<int>(window[1]);
    const int high = rows + static_cast<int>(window[0]) - 1;
    const Index column0 = flat0 / channels;
    const int shift = static_cast<int>(flat0 % channels);
    const int width = ((shift + here - 1) / channels + wide) * channels;  // flat places that are loaded
    block.lanes([&](int lane) {
      for (int at = lane; at < high * width; at += lanes) {
        const int i = at / width, f = at % width;
        const Index r = border_place(row0 - window[0] / 2 + i, shape.rows, border);
        const Index k = border_place(column0 - window[1] / 2 + f / channels, shape.columns, border);
        shared.loaded[i][f] = r < 0 || k < 0 ? outside : x[r * line() + k * channels + f % channels];
      }
    });
    block.lanes([&](int lane) {
      for (int at = lane; at < high * here; at += lanes) {
        const int i = at / here, f = at % here;
        BoxSum<T> sum = 0;
        for (int j = 0; j < wide; ++j) sum += static_cast<BoxSum<T>>(shared.loaded[i][shift + f + j * channels]);
        shared.across[i][f] = sum;
      }
    });
    block.lanes([&](int lane) {
      for (int at = lane; at < rows * here; at += lanes) {
        const int i = at / here, f = at % here;
        if (row0 + i >= shape.rows) continue;
        BoxSum<T> sum = 0;
        for (int j = 0; j < static_cast<int>(window[0]); ++j) sum += shared.across[i + j][f];
        y[(row0 + i) * line() + flat0 + f] = box_mean<T>(sum, window[0] * window[1]);
      }
    });
  }
};

template <class T>
void box_tiled(const BoxFilter& p, Queue queue, const Array& in, const Array& out) {
  BoxTile<T> tile{reinterpret_cast<const T*>(in.data()),
                  reinterpret_cast<T*>(out.data()),
                  image_shape(in.shape(), "box_filter"),
                  {},
                  parse_border(p.border),
                  border_value<T>(p.value)};
  window_extents(p.size, "box_filter", tile.window);
  if (tile.shape.elements() > 0) for_blocks<BoxTile<T>::lanes>(queue, tile.blocks(), tile);
}

inline bool box_fits_tile(const Call& call) {
  Index window[2];
  window_extents(call.as<BoxFilter>().size, "box_filter", window);
  using Tile = BoxTile<std::uint8_t>;
  return window[0] <= Tile::most_window && window[1] <= Tile::most_window &&
         image_shape(call.inputs[0].shape, "box_filter").channels <= Tile::most_channels;
}

}  // namespace fovea::ops::FOVEA_PASS
