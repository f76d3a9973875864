#pragma once
#include <cstdint>
#include <vector>

#include "kernel/resample.h"

namespace fovea::ops {

// Rows [top, bottom) and columns [left, right) of a picture.
struct Window {
  Index top = 0, bottom = 0, left = 0, right = 0;
};

// What the output places of `rows` and `columns` depend on.
inline Window support(const Taps& rows, const Taps& columns) {
  return {rows.first.front(), rows.first.back() + rows.count.back(), columns.first.front(),
          columns.first.back() + columns.count.back()};
}

// Bytes from a cache line's beginning on, kept from picture to picture.
class LineBuffer {
 public:
  // At least `bytes` of them, with what was there if they have not grown.
  std::uint8_t* get(Index bytes);

 private:
  std::vector<std::uint8_t> bytes_;
};

// What a plan keeps between the blocks of one picture.
struct RowState {
  float* out = nullptr;  // [channels, crop, crop]
  Index next = 0;        // the first output row that is not written
  LineBuffer strip, narrow, ring;
};

// Rows of a block: row[i] from its first column on. Lines `ahead` bytes behind them are fetched early; 0: none.
struct BlockRows {
  const std::uint8_t* const* row;
  Index ahead;
};

// prepare_image for pictures of one size, which come in blocks of rows. Immutable.
class RowPlan {
 public:
  virtual ~RowPlan() = default;

  Window window;         // what the output depends on
  Index channels = 0;    // bytes of a pixel
  Index width = 0;       // pixels of a row
  Index block_rows = 0;  // block k holds the picture's rows from k * block_rows on
  Index reach = 0;       // bytes from a row's beginning that block() may read

  // Takes the next block, which begins at row `first`, and writes the output rows that are complete with it. Rows
  // outside the window may be any rows.
  virtual void block(RowState&, const BlockRows&, Index first) const = 0;
};

}  // namespace fovea::ops
