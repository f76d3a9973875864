#pragma once
#include <array>
#include <cstdint>

#include "codec/jpeg/headers.h"

namespace fovea::codec::jpeg {

// Any code, length by length.
class CanonicalCode {
 public:
  // False when libjpeg refuses the code: a word that does not fit its length or is all ones, a DC size above 15.
  bool set(const HuffmanCode&, bool dc);

  // The symbol at the top of `bits` and its length times 256; 17 bits and symbol 0 when there is none.
  int find(std::uint64_t bits) const;

 private:
  std::array<int, 17> most_ = {};    // the largest word of a length, -1: none
  std::array<int, 17> offset_ = {};  // from a word to its symbol's place
  std::array<std::uint8_t, 256> symbols_ = {};
};

constexpr int bad_code_length = 17;

// What the next bits are, for each value of `lookup_bits` of them: as many as two symbols with their magnitudes. An
// advance is by how many zigzag positions a symbol goes on; that of the end of a block is so large that it ends any.
//   bits  0-7   length of all: codes and magnitudes; 0: a code longer than lookup_bits
//   bits  8-15  advance of the first symbol
//   bits 16-23  advance of both
//   bits 24-30  length of the first
//   bit  31     wide: one symbol, whose magnitude (or code) is not inside
//   bits 32-47  value of the first; when wide, length of its code
//   bits 48-63  value of the second, or of the first; when wide, size of its magnitude
// A wide entry's first advance is wide_advance, for any position to be noticed by the test that finds a full block.
constexpr int lookup_bits = 11;
constexpr std::uint64_t end_advance = 160, wide_advance = 81;
constexpr std::uint64_t wide_entry = 1u << 31;
using Lookup = std::array<std::uint64_t, 1 << lookup_bits>;

// The tables of one component: a DC code and the AC code that follows it.
struct ComponentTables {
  alignas(64) Lookup first;  // a DC difference and, where it fits, an AC symbol
  alignas(64) Lookup rest;   // AC symbols
  CanonicalCode dc, ac;
  HuffmanCode dc_source, ac_source;  // what they were made from

  // Makes the tables unless they are those of the codes already. False: codes that libjpeg refuses.
  bool set(const HuffmanCode& dc_code, const HuffmanCode& ac_code);
};

}  // namespace fovea::codec::jpeg
