#pragma once
#include "codec/jpeg/bit_reader.h"
#include "codec/jpeg/huffman_table.h"

namespace fovea::codec::jpeg {

// Position + 1 to place in a block. The DC's place, which is written last, takes what is not to be kept; runs past the
// last coefficient give it its value, as in libjpeg.
inline constexpr std::array<std::uint8_t, 256> place_after = [] {
  std::array<std::uint8_t, 256> places = {};
  for (std::size_t i = 0; i < 64; ++i) places[i + 1] = natural_order[i];
  for (std::size_t i = 65; i < wide_advance; ++i) places[i] = 63;
  return places;
}();

// Reads the blocks of a sequential scan: DC and AC symbols (T.81, F.2.2), two at a time.
class BlockDecoder {
 public:
  FOVEA_JPEG_INLINE explicit BlockDecoder(const BitReader& bits) : bits_(bits) {}

  const BitReader& bits() const { return bits_; }
  // A code that is none, or a coefficient of more bits than 8-bit pixels give.
  bool bad() const { return bad_; }

  // Adds a block's coefficients, but for the DC, to a block of zeros. Returns the DC's difference.
  FOVEA_JPEG_INLINE int read(const ComponentTables& tables, std::int16_t* block) {
    std::uint64_t at = 0;
    int difference = 0;
    bits_.refill();
    if (step<true, true>(tables, block, at, difference)) return difference;
    if (step<false, true>(tables, block, at, difference)) return difference;
    for (;;) {
      bits_.refill();
      if (step<false, true>(tables, block, at, difference)) return difference;
      if (step<false, true>(tables, block, at, difference)) return difference;
    }
  }

  // As read(), without the coefficients.
  FOVEA_JPEG_INLINE int skip(const ComponentTables& tables) {
    std::uint64_t at = 0;
    int difference = 0;
    bits_.refill();
    if (step<true, false>(tables, nullptr, at, difference)) return difference;
    if (step<false, false>(tables, nullptr, at, difference)) return difference;
    for (;;) {
      bits_.refill();
      if (step<false, false>(tables, nullptr, at, difference)) return difference;
      if (step<false, false>(tables, nullptr, at, difference)) return difference;
    }
  }

 private:
  // One lookup, of at most 26 bits unless it refills by itself. Whether the block has ended. `at` is the position after
  // the last one known.
  template <bool dc, bool keep>
  FOVEA_JPEG_INLINE bool step(const ComponentTables& tables, std::int16_t* block, std::uint64_t& at, int& difference) {
    const std::uint64_t found = (dc ? tables.first : tables.rest)[bits_.bits >> (64 - lookup_bits)];
    const std::uint64_t first = at + (found >> 8 & 255), both = at + (found >> 16 & 255);
    const auto value = static_cast<std::int16_t>(found >> 32);
    if (dc) difference = value;
    if (keep) {
      if (!dc) block[place_after[first]] = value;
      block[place_after[both]] = static_cast<std::int16_t>(found >> 48);
    }
    if (__builtin_expect(first - 64 < 96, false)) {
      if (found & wide_entry) return wide<dc, keep>(tables, block, found, at, difference);
      // The first symbol has filled the block, so the second is the next block's.
      if (keep) block[place_after[first]] = value;
      bits_.drop(found >> 24 & 127);
      return true;
    }
    bits_.bits <<= found & 63;
    bits_.count -= found & 255;
    at = both;
    return both >= 64;
  }

  template <bool dc, bool keep>
  FOVEA_JPEG_INLINE bool wide(const ComponentTables& tables, std::int16_t* block, std::uint64_t found,
                              std::uint64_t& at, int& difference) {
    std::uint64_t length = found >> 32 & 255, size = found >> 48 & 15, next = at + (found >> 16 & 255);
    const bool long_code = !(found & 255);
    if (__builtin_expect(long_code, false)) {
      bits_.refill();
      const int code = (dc ? tables.dc : tables.ac).find(bits_.bits);
      length = static_cast<std::uint64_t>(code) >> 8;
      bad_ |= length == bad_code_length;
      const std::uint64_t symbol = code & 255;
      size = symbol & 15;
      next = at + (dc ? 1 : (symbol >> 4) + 1);
      if (!dc && !size) {
        bits_.drop(length);
        bits_.refill();
        at = symbol == 0xf0 ? next : at + end_advance;
        return at >= 64;
      }
    }
    bad_ |= size > (dc ? 11 : 10);
    bits_.drop(length);
    const int value = extended(bits_.bits, size);
    bits_.drop(size);
    if (dc)
      difference = value;
    else if (keep)
      block[place_after[next]] = static_cast<std::int16_t>(value);
    if (__builtin_expect(long_code, false)) bits_.refill();
    at = next;
    return next >= 64;
  }

  BitReader bits_;
  bool bad_ = false;
};

}  // namespace fovea::codec::jpeg
