#pragma once
#include "kernel/taps_table.h"
#include "ops/op.h"

namespace fovea::ops::FOVEA_PASS {

// Both passes of Pillow's scaling of bytes in one launch: a block scales the source rows that its tile of the result
// needs across, into shared memory as bytes, and these down. Bits are the portable body's.
template <class Store>
struct ResizeTile {
  static constexpr int lanes = 256, rows = 16, flats = 64, most_source_rows = 128;
  struct Shared {
    std::uint8_t narrow[most_source_rows][flats];
  };
  const std::uint8_t* x;
  Index source_columns, height, width, channels;
  TapsView down, across;
  Store store;  // store(row, flat, byte): flat is column * channels + channel

  FOVEA_HD Index line() const { return width * channels; }
  FOVEA_HD Index tiles_across() const { return (line() + flats - 1) / flats; }
  Index blocks() const { return tiles_across() * ((height + rows - 1) / rows); }

  FOVEA_HD void operator()(Block<lanes>& block, Shared& shared) const {
    const Index flat0 = block.index % tiles_across() * flats, row0 = block.index / tiles_across() * rows;
    const int here = static_cast<int>(line() - flat0 < flats ? line() - flat0 : flats);
    const Index last = (row0 + rows < height ? row0 + rows : height) - 1;
    const Index first = down.first[row0];
    const int needed = static_cast<int>(down.first[last] + down.count[last] - first);
    block.lanes([&](int lane) {
      for (int at = lane; at < needed * here; at += lanes) {
        const Index flat = flat0 + at % here, row = (first + at / here) * source_columns;
        shared.narrow[at / here][at % here] =
            resample_u8(across, flat / channels, [&](Index k) { return x[(row + k) * channels + flat % channels]; });
      }
    });
    block.lanes([&](int lane) {
      for (int at = lane; at < rows * here; at += lanes) {
        const Index row = row0 + at / here;
        if (row > last) continue;
        store(row, flat0 + at % here,
              resample_u8(down, row, [&](Index k) { return shared.narrow[static_cast<int>(k - first)][at % here]; }));
      }
    });
  }
};

// Rows of the source that the widest tile reaches over, by the taps' definition and a few more.
inline double tile_source_rows(Index in, Index out, const std::string& filter) {
  const double support = filter == "lanczos"                           ? 3
                         : filter == "bicubic"                         ? 2
                         : filter == "bilinear" || filter == "hamming" ? 1
                                                                       : 0.5;
  const double scale = static_cast<double>(in) / static_cast<double>(out);
  return ResizeTile<int>::rows * scale + 2 * support * (scale > 1 ? scale : 1) + 3;
}
inline bool fits_tile(Index in, Index out, const std::string& filter) {
  return tile_source_rows(in, out, filter) <= ResizeTile<int>::most_source_rows;
}

}  // namespace fovea::ops::FOVEA_PASS
