#include "ops/winograd/tiling.h"

#include <algorithm>

namespace fovea::ops::winograd {
namespace {

// Short tiles last but for those short in columns alone, which come first.
int order(const Form& form, const Tile& tile) {
  const bool short_rows = tile.rows < form.tile, short_columns = tile.columns < form.tile;
  return short_rows ? (short_columns ? 3 : 2) : (short_columns ? 0 : 1);
}

std::vector<Tile> all_tiles(const Geometry& g) {
  std::vector<Tile> tiles;
  const Index tile = g.form.tile, stride = g.form.stride;
  for (Index n = 0; n < g.pictures; ++n)
    for (Index row = 0; row < g.out_height; row += tile)
      for (Index column = 0; column < g.out_width; column += tile) {
        Tile t{n,
               row,
               column,
               static_cast<int>(std::min(tile, g.out_height - row)),
               static_cast<int>(std::min(tile, g.out_width - column)),
               false,
               0,
               0};
        t.inner = row * stride >= g.padding && column * stride >= g.padding &&
                  row * stride + g.form.inputs(t.rows) - g.padding <= g.height &&
                  column * stride + g.form.inputs(t.columns) - g.padding <= g.width;
        tiles.push_back(t);
      }
  return tiles;
}

Chunk make_chunk(const Form& form, std::vector<Tile> tiles, Index most_block) {
  std::stable_sort(tiles.begin(), tiles.end(),
                   [&](const Tile& a, const Tile& b) { return order(form, a) < order(form, b); });
  Index counts[4] = {};
  for (const Tile& tile : tiles) ++counts[order(form, tile)];
  Chunk chunk;
  const auto count = static_cast<Index>(tiles.size());
  chunk.ranges[0] = {0, count};
  chunk.ranges[1] = {counts[0], counts[1] + counts[2]};
  chunk.ranges[2] = {0, counts[0] + counts[1]};
  chunk.ranges[3] = {counts[0], counts[1]};
  const Index blocks = (count + most_block - 1) / most_block;
  for (Index b = 0; b < blocks; ++b) {
    const Index first = count * b / blocks, end = count * (b + 1) / blocks;
    chunk.blocks.push_back({first, end - first});
    for (Index t = first; t < end; ++t)
      tiles[static_cast<std::size_t>(t)].line = first, tiles[static_cast<std::size_t>(t)].lines = end - first;
  }
  chunk.tiles = std::move(tiles);
  return chunk;
}

}  // namespace

std::vector<Chunk> cut(const Geometry& g, Index most_tiles, Index most_block) {
  const std::vector<Tile> tiles = all_tiles(g);
  const auto count = static_cast<Index>(tiles.size());
  const Index chunks = (count + most_tiles - 1) / most_tiles;
  std::vector<Chunk> cut;
  for (Index c = 0; c < chunks; ++c)
    cut.push_back(
        make_chunk(g.form, {tiles.begin() + count * c / chunks, tiles.begin() + count * (c + 1) / chunks}, most_block));
  return cut;
}

bool rest_lacks(const Form& form, Index extent, int point) {
  const auto missing = static_cast<int>((form.tile - extent % form.tile) % form.tile);
  return point < form.filtered() ? point >= form.filtered() - missing : point >= form.points() - missing;
}

}  // namespace fovea::ops::winograd
