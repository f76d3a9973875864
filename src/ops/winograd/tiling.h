#pragma once
#include <cstdint>
#include <vector>

#include "kernel/view.h"

namespace fovea::ops::winograd {

// F(tile x tile, window x window).
struct Form {
  int tile, window;
  constexpr int points() const { return tile + window - 1; }
  friend bool operator==(const Form&, const Form&) = default;
};

enum class Activation : std::uint8_t { none, relu, relu6 };

// A convolution of stride 1 over channels in blocks.
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

// How many points a short tile uses along an axis of `extent` outputs; all of them if there is none.
int points_of_rest(const Form&, Index extent);

}  // namespace fovea::ops::winograd
