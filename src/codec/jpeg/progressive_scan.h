#pragma once
#include <array>
#include <cstdint>

#include "codec/jpeg/huffman_table.h"
#include "codec/jpeg/segments.h"

namespace fovea::codec::jpeg {

// The blocks of an MCU of a DC scan, in their order, and where those of the next MCU go.
struct DcBlocks {
  struct Block {
    const SymbolTable* code = nullptr;  // of a first scan
    int component = 0;
    std::int16_t* to = nullptr;
    int step = 0;  // coefficients from one MCU's to the next one's
  };
  int count = 0;
  std::array<Block, 6> blocks = {};
  int low = 0;  // bits that stay unknown
};

// The coefficients first to last, zigzag positions of at least 1, of a row of blocks.
struct Band {
  int first = 0, last = 0;
  int low = 0;
  std::int16_t* blocks = nullptr;
};

// Decode up to `most` MCUs of a DC scan, or blocks of an AC scan, as long as the reader is before `limit`. Return how
// many, and move the blocks on. `refine`: the scan adds one bit to what is known.
int decode_dc_first(DcBlocks&, ScanState&, const std::uint8_t* limit, int most);
int decode_dc_refine(DcBlocks&, ScanState&, const std::uint8_t* limit, int most);
int decode_ac_first(Band&, const AcTable&, ScanState&, const std::uint8_t* limit, int most);
int decode_ac_refine(Band&, const SymbolTable&, ScanState&, const std::uint8_t* limit, int most);

}  // namespace fovea::codec::jpeg
