#pragma once
#include <array>
#include <cstdint>

#include "codec/jpeg/headers.h"
#include "codec/jpeg/lookup.h"

namespace fovea::codec::jpeg {

// Any code, length by length.
class CanonicalCode {
 public:
  // False when libjpeg refuses the code: a word that does not fit its length or is all ones, a DC size above 15.
  bool set(const HuffmanCode&, bool dc);

  // The symbol at the top of `bits` and its length times 256; 17 bits and symbol 0 when there is none.
  int find(std::uint64_t bits) const;

 private:
  std::array<int, 17> most_ = {};    // the largest 16 bits that begin with a word of at most this length, -1: none
  std::array<int, 17> offset_ = {};  // from a word to its symbol's place
  std::array<std::uint8_t, 256> symbols_ = {};
};

constexpr int bad_code_length = 17;

// The code word that a value of `bits` bits begins with: its length, and 256 times its symbol; 0: a longer one.
template <int bits>
using Words = std::array<std::uint32_t, 1 << bits>;

// rest: AC symbols; first: a DC symbol and, where it fits, an AC symbol. All aligned to 64 bytes.
void set_lookup(const Words<lookup_bits>& ac, Lookup& rest);
void set_lookups(const Words<lookup_bits>& dc, const Words<lookup_bits>& ac, Lookup& first, Lookup& rest);
void set_skip_lookup(const Words<skip_bits>& ac, SkipLookup& skip);

// A code whose symbols are looked up one by one.
struct SymbolTable {
  alignas(64) Words<lookup_bits> words;
  CanonicalCode code;

  // False: a code that libjpeg refuses.
  bool set(const HuffmanCode&, bool dc);
};

// A code of AC symbols, looked up by pairs.
struct AcTable {
  alignas(64) Lookup rest;
  CanonicalCode code;

  bool set(const HuffmanCode&);
};

// Position + 1 to place in a block. The DC's place, which is written last, takes what is not to be kept; runs past the
// last coefficient give it its value, as in libjpeg.
inline constexpr std::array<std::uint8_t, 256> place_after = [] {
  std::array<std::uint8_t, 256> places = {};
  for (std::size_t i = 0; i < 64; ++i) places[i + 1] = natural_order[i];
  for (std::size_t i = 65; i < 64 + 17; ++i) places[i] = 63;
  return places;
}();

// The tables of one component in a sequential scan: a DC code and the AC code that follows it.
struct ComponentTables {
  alignas(64) Lookup first;  // a DC difference and, where it fits, an AC symbol
  alignas(64) Lookup rest;   // AC symbols
  alignas(64) SkipLookup skip;
  std::array<std::uint8_t, 256> places = place_after;  // here, for an address less
  CanonicalCode dc, ac;

  // Makes the tables unless they are those of the codes already. False: codes that libjpeg refuses.
  bool set(const HuffmanCode& dc_code, const HuffmanCode& ac_code);
  // After set(), the table to skip by.
  void set_skip();

 private:
  HuffmanCode dc_source_, ac_source_, skip_source_;  // what the tables were made from
};

}  // namespace fovea::codec::jpeg
