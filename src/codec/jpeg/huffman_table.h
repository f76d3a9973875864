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

// What the next lookup_bits bits hold: one symbol or two, with their magnitudes. An advance is by how many zigzag
// positions a symbol goes on. Fields, by their lowest bits:
//    0  6 bits   length of all
//    6  7 bits   advance of all; an end of block adds end_advance
//   13  7 bits   value of the second symbol, or of the only one; signed
//   20  5 bits   advance of the first; 1 for an end of block, whose value is 0
//   25  7 bits   value of the first; signed
//   20 12 bits   where the first is a DC difference, that; signed
// An advance of wide_advance stands for one symbol that does not fit:
//    0  6 bits   length of its code; 0: more than lookup_bits
//   13  4 bits   size of its magnitude
//   20  5 bits   its advance
constexpr int lookup_bits = 11;
constexpr std::uint32_t end_advance = 64, wide_advance = 127;
using Lookup = std::array<std::uint32_t, 1 << lookup_bits>;

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
