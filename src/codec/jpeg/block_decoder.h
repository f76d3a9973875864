#pragma once
#include "codec/jpeg/bit_reader.h"
#include "codec/jpeg/huffman_table.h"

namespace fovea::codec::jpeg {

// Position + 1 to place in a block. The DC's place, which is written last, takes what is not to be kept; runs past the
// last coefficient give it its value, as in libjpeg.
inline constexpr std::array<std::uint8_t, 256> place_after = [] {
  std::array<std::uint8_t, 256> places = {};
  for (std::size_t i = 0; i < 64; ++i) places[i + 1] = natural_order[i];
  for (std::size_t i = 65; i < 64 + 17; ++i) places[i] = 63;
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
    const std::uint32_t found = (dc ? tables.first : tables.rest)[bits_.bits >> (64 - lookup_bits)];
    const std::uint64_t all = at + (found >> 6 & 127);
    if (dc) difference = static_cast<std::int32_t>(found) >> 20;
    if (keep) {
      // Past the end of the block, these are zeros or are put right below.
      if (!dc) block[place_after[at + (found >> 20 & 31)]] = first_value(found);
      block[place_after[all]] = static_cast<std::int16_t>(static_cast<std::int32_t>(found << 12) >> 25);
    }
    if (all >= 64) return last<dc, keep>(tables, block, found, at, difference);
    bits_.drop(found & 63);
    at = all;
    return false;
  }

  static std::int16_t first_value(std::uint32_t found) {
    return static_cast<std::int16_t>(static_cast<std::int32_t>(found) >> 25);
  }

  // A symbol that may end the block.
  template <bool dc, bool keep>
  FOVEA_JPEG_INLINE bool last(const ComponentTables& tables, std::int16_t* block, std::uint32_t found,
                              std::uint64_t& at, int& difference) {
    if ((found >> 6 & 127) == wide_advance) return wide<dc, keep>(tables, block, found, at, difference);
    const std::uint64_t first = at + (found >> 20 & 31);
    if (!dc && __builtin_expect(first >= 64, false)) {
      // The first symbol has filled the block; if there is a second one, it is the next block's.
      if (keep) block[63] = first_value(found);
      const int code = tables.ac.find(bits_.bits);
      bits_.drop(static_cast<std::uint64_t>(code >> 8) + (code & 15));
      return true;
    }
    bits_.drop(found & 63);
    return true;
  }

  template <bool dc, bool keep>
  FOVEA_JPEG_INLINE bool wide(const ComponentTables& tables, std::int16_t* block, std::uint32_t found,
                              std::uint64_t& at, int& difference) {
    std::uint64_t length = found & 63, size = found >> 13 & 15, next = at + (found >> 20 & 31);
    const bool long_code = !length;
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
