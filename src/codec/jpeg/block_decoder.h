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
    const int difference = read_dc<true>(tables, block, at);
    // The bits that are there do for four lookups more.
    for (bool fresh = false; at < 64; fresh = true) {
      if (fresh) bits_.refill();
      read_ac<true, 4>(tables, block, at);
    }
    return difference;
  }

  // As read(), without the coefficients. The tables have been given their set_skip().
  FOVEA_JPEG_INLINE int skip(const ComponentTables& tables) {
    std::uint64_t at = 0;
    const int difference = read_dc<false>(tables, nullptr, at);
    while (at < 64) {
      bits_.refill();
      for (int i = 0; i < 2; ++i) {
        const std::uint32_t found = tables.skip[bits_.bits >> (64 - skip_bits)];
        const std::uint64_t next = at + (found >> 5);
        if (next < 64 && found) {
          at = next;
        } else if (next - end_of_skip < 64) {
          at = 64;
        } else {
          // The block may be full before the last symbol.
          read_ac<false, 1>(tables, nullptr, at);
          break;
        }
        bits_.drop(found & 31);
        if (at == 64) break;
      }
    }
    return difference;
  }

 private:
  // The first lookup. Returns the DC's difference and moves `at`, the position after the last one known, on.
  template <bool keep>
  FOVEA_JPEG_INLINE int read_dc(const ComponentTables& tables, std::int16_t* block, std::uint64_t& at) {
    bits_.refill();
    const std::uint32_t found = tables.first[bits_.bits >> (64 - lookup_bits)];
    at = advance(found);
    if (keep) block[place_after[at]] = second_value(found);
    if (__builtin_expect(at != wide_advance, true)) {
      bits_.drop(found);
      return static_cast<std::int32_t>(found) >> 20;
    }
    at = 1;
    const int difference = wide_dc(tables, found);
    bits_.refill();
    return difference;
  }

  // Lookups of AC symbols, `most` unless the block ends or a symbol is wide. There are bits for them.
  template <bool keep, int most>
  FOVEA_JPEG_INLINE void read_ac(const ComponentTables& tables, std::int16_t* block, std::uint64_t& at) {
    std::uint32_t found = 0;
    std::uint64_t before = at;
#pragma GCC unroll 4
    for (int i = 0; i < most; ++i) {
      before = at;
      found = tables.rest[bits_.bits >> (64 - lookup_bits)];
      at += advance(found);
      if (keep) {
        // Past the end of the block, these are zeros or are put right below.
        block[place_after[before + first_advance(found)]] = first_value(found);
        block[place_after[at]] = second_value(found);
      }
      if (at >= 64) break;
      bits_.drop(found);
    }
    if (at < 64) return;
    if (advance(found) == wide_advance)
      at = wide_ac<keep>(tables, block, found, before);
    else
      last<keep>(tables, block, found, before);
  }

  static std::uint32_t advance(std::uint32_t found) {
    return found >> 6 & 127;
  }
  static std::uint32_t first_advance(std::uint32_t found) {
    return found >> 20 & 31;
  }
  static std::int16_t first_value(std::uint32_t found) {
    return static_cast<std::int16_t>(static_cast<std::int32_t>(found) >> 25);
  }
  static std::int16_t second_value(std::uint32_t found) {
    return static_cast<std::int16_t>(static_cast<std::int32_t>(found << 12) >> 25);
  }

  // An entry that ends the block.
  template <bool keep>
  FOVEA_JPEG_INLINE void last(const ComponentTables& tables, std::int16_t* block, std::uint32_t found,
                              std::uint64_t at) {
    if (__builtin_expect(at + first_advance(found) < 64, true)) {
      bits_.drop(found);
      return;
    }
    // The first symbol has filled the block; if there is a second one, it is the next block's.
    if (keep) block[63] = first_value(found);
    const int code = tables.ac.find(bits_.bits);
    bits_.drop(static_cast<std::uint64_t>(code >> 8) + (code & 15));
  }

  // The length of a code and, in the low byte, its symbol, when a lookup has not found them.
  FOVEA_JPEG_INLINE int find(const CanonicalCode& code) {
    const int word = code.find(bits_.bits);
    bad_ |= word >> 8 == bad_code_length;
    return word;
  }

  FOVEA_JPEG_INLINE int magnitude(std::uint64_t length, std::uint64_t size, std::uint64_t most_size) {
    bad_ |= size > most_size;
    bits_.drop(length);
    const int value = extended(bits_.bits, size);
    bits_.drop(size);
    return value;
  }

  FOVEA_JPEG_INLINE int wide_dc(const ComponentTables& tables, std::uint32_t found) {
    if (found & 63) return magnitude(found & 63, found >> 13 & 15, 11);
    const int word = find(tables.dc);
    return magnitude(static_cast<std::uint64_t>(word) >> 8, word & 15, 11);
  }

  // A symbol that does not fit into a lookup. The position after it.
  template <bool keep>
  FOVEA_JPEG_INLINE std::uint64_t wide_ac(const ComponentTables& tables, std::int16_t* block, std::uint32_t found,
                                          std::uint64_t at) {
    bits_.refill();
    std::uint64_t length = found & 63, size = found >> 13 & 15, next = at + first_advance(found);
    if (__builtin_expect(!length, false)) {
      const std::uint64_t word = static_cast<std::uint64_t>(find(tables.ac)), symbol = word & 255;
      length = word >> 8;
      size = symbol & 15;
      next = symbol == 0 ? 64 : at + (symbol >> 4) + 1;
      bad_ |= size == 0 && symbol != 0 && symbol != 0xf0;
    } else {
      bad_ |= size == 0;  // an end of several blocks, which only progressive scans have
    }
    if (!size) {
      bits_.drop(length);
      return next;
    }
    const int value = magnitude(length, size, 10);
    if (keep) block[place_after[next]] = static_cast<std::int16_t>(value);
    return next;
  }

  BitReader bits_;
  bool bad_ = false;
};

}  // namespace fovea::codec::jpeg
