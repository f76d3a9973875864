#pragma once
#include <array>
#include <cstdint>

#include "codec/jpeg/huffman_table.h"
#include "codec/jpeg/segments.h"

namespace fovea::codec::jpeg {

// The blocks of an MCU of a sequential scan, in their order, and where those of the next MCU go.
struct McuBlocks {
  struct Block {
    const ComponentTables* tables = nullptr;
    int component = 0;
    bool dc_only = false;
    std::int16_t* to = nullptr;  // 64 coefficients, or 1
    int step = 0;                // coefficients from one MCU's to the next one's
  };
  int count = 0;
  std::array<Block, 6> blocks;
};

// Decodes MCUs up to `most`, as long as the reader is before `limit`. Returns how many, and moves `blocks` on.
int decode_mcus(McuBlocks& blocks, ScanState& state, const std::uint8_t* limit, int most);

}  // namespace fovea::codec::jpeg
