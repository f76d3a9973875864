#pragma once
#include <array>

#include "codec/jpeg/bit_reader.h"

namespace fovea::codec::jpeg {

// What the next lookup_bits bits begin with: one symbol or two whose codes are in them. Of two, so is the magnitude of
// the first, which is not 0; that of the last one may lie behind. An advance is by how many zigzag positions a symbol
// goes on. Fields, by their lowest bits:
//    0  6 bits   length of all, at most longest_lookup
//    8  8 bits   value of the first; signed; 0 of an only one
//    6 10 bits   where the first is a DC difference, that; signed; 0 of an only one
//   16  6 bits   63 - size of the last magnitude; 63 for an end of block
//   22  3 bits   advance of the first - 1; 0 of an only one
//   25  7 bits   advance of all, DCs do by 1; an end of block adds end_advance
// An advance of wide_advance stands for one symbol that is no coefficient of 8-bit pixels, or has a longer code: for
// the end of 2^run blocks (and further ones, in run bits) if it has a length, that of its code.
//   22  3 bits   run
constexpr int lookup_bits = 11, longest_lookup = 22;
constexpr std::uint32_t end_advance = 64, wide_advance = 127;
using Lookup = std::array<std::uint32_t, 1 << lookup_bits>;

// Sizes of magnitudes that 8-bit pixels give.
constexpr int most_dc_size = 11, most_ac_size = 10;

FOVEA_JPEG_INLINE std::uint32_t find(const Lookup& table, const BitReader& bits) {
  return table[bits.bits >> (64 - lookup_bits)];
}
FOVEA_JPEG_INLINE std::uint32_t advance(std::uint32_t found) {
  return found >> 25;
}
FOVEA_JPEG_INLINE std::uint32_t first_advance(std::uint32_t found) {
  return (found >> 22 & 7) + 1;
}
FOVEA_JPEG_INLINE int first_value(std::uint32_t found) {
  return static_cast<std::int8_t>(found >> 8);
}
FOVEA_JPEG_INLINE int first_difference(std::uint32_t found) {
  return static_cast<std::int16_t>(found) >> 6;
}
// Of bits that begin with what was found.
FOVEA_JPEG_INLINE int last_value(std::uint32_t found, std::uint64_t bits) {
  const std::uint32_t unused = found >> 16;  // of 63 bits; the lowest six bits count
  const std::uint64_t magnitude = bits << ((found + unused + 1) & 63);
  const std::int64_t sign = static_cast<std::int64_t>(~magnitude) >> 63;
  const std::uint64_t size = (magnitude ^ static_cast<std::uint64_t>(sign)) >> 1 >> (unused & 63);
  return static_cast<int>((static_cast<std::int64_t>(size) ^ sign) - sign);
}

// The AC symbols whose codes lie in the next skip_bits bits, magnitudes aside: as many as four. The magnitude of the
// last may lie behind them.
//    0   6 bits   length of all, at most longest_lookup
//    6  10 bits   advance of all; an end of block adds end_of_skip; no_skip: a longer code, or no coefficient
constexpr int skip_bits = 12;
constexpr std::uint32_t end_of_skip = 128, no_skip = 255;
using SkipLookup = std::array<std::uint16_t, 1 << skip_bits>;

FOVEA_JPEG_INLINE std::uint32_t find(const SkipLookup& table, const BitReader& bits) {
  return table[bits.bits >> (64 - skip_bits)];
}

}  // namespace fovea::codec::jpeg
