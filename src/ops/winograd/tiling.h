#pragma once
#include <cstdint>
#include <vector>

#include "kernel/view.h"

namespace fovea::ops::winograd {

// F(tile x tile, window x window). Windows of 3 may have stride 2: along an axis their outer taps fall on even inputs,
// a convolution of stride 1 and two taps, and the middle one on odd inputs, one product an output.
struct Form {
  int tile, window, stride = 1;
  constexpr int filtered() const { return tile + (stride == 2 ? 2 : window) - 1; }  // points of minimal filtering
  constexpr int points() const { return filtered() + (stride == 2 ? tile : 0); }    // then the products of middle taps
  constexpr int weights() const { return filtered() + stride - 1; }                 // these share theirs
  constexpr int inputs(int outputs) const { return (outputs - 1) * stride + window; }
  friend bool operator==(const Form&, const Form&) = default;
};

enum class Activation : std::uint8_t { none, relu, relu6 };

// A convolution over channels in blocks.
struct Geometry {
  Form form;
  Index pictures, in, out;       // channels
  Index height, width, padding;  // of the input
  Index out_height, out_width;   // what is computed
  Activation activation;
};

struct Tile {
  Index picture, row, column;  // of its first output
  int rows, columns;           // outputs; the form's tile, or the rest at the picture's end
  bool inner;                  // reads no padding
  Index line, lines;           // its place in V: its block's first tile and number of tiles
};

// A block of tiles that one call of the multiplication takes.
struct Block {
  Index first, count;
};

// Tiles that go through V and M together. They are sorted so that each of the four kinds of points (those that tiles of
// fewer rows do without, or of fewer columns) has a range of them.
struct Chunk {
  std::vector<Tile> tiles;
  std::vector<Block> blocks;
  Block ranges[4];  // by 2 * (a point that short rows lack) + (one that short columns lack)
};

// The outputs cut into tiles of the form, the last of a row or column shorter. Bits do not depend on how tiles are
// spread over chunks and blocks.
std::vector<Chunk> cut(const Geometry&, Index most_tiles, Index most_block);

// Whether the short tile of an axis of `extent` outputs, if there is one, does without the point.
bool rest_lacks(const Form&, Index extent, int point);

}  // namespace fovea::ops::winograd
