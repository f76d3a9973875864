#pragma once
#include "codec/jpeg/bit_reader.h"
#include "codec/jpeg/huffman_table.h"

namespace fovea::codec::jpeg {

// Keeps a load where it is: before the branch that tells whether it is of use.
FOVEA_JPEG_INLINE void load_now(std::uint32_t& found) {
  asm volatile("" : "+r"(found));
}

// Reads the blocks of a sequential scan: DC and AC symbols (T.81, F.2.2), two at a time. Where a block ends is known
// late, and its first lookup would wait for that: so each lookup is made in the next block's table too, in case.
class BlockDecoder {
 public:
  // first: of the block that comes first.
  FOVEA_JPEG_INLINE BlockDecoder(const BitReader& bits, const Lookup& first) : bits_(bits) {
    bits_.refill();
    ahead_ = find(first, bits_);
  }

  const BitReader& bits() const { return bits_; }
  // A code that is none, or a coefficient of more bits than 8-bit pixels give.
  bool bad() const { return bad_; }

  // Begins a block: returns the DC's difference, and adds the coefficient behind it, if `keep`, to what clear(block)
  // has made a block of zeros. next: the first lookup of the block behind.
  template <bool keep, class Clear>
  FOVEA_JPEG_INLINE int open(const ComponentTables& tables, const Lookup& next, std::int16_t* block,
                             const Clear& clear) {
    const std::uint32_t found = ahead_;
    bits_.refill();
    const BitReader before = bits_;
    bits_.drop(found);
    look<keep>(tables, next);
    if (keep) clear(block);
    at_ = advance(found);
    const int last = last_value(found, before.bits);
    if (keep) block[tables.places[at_]] = static_cast<std::int16_t>(last);
    if (__builtin_expect(at_ != wide_advance, true))
      return first_difference(found) + (last & -static_cast<int>(at_ == 1));
    bits_ = before;
    at_ = 1;
    const int difference = take_magnitude(take_word(tables.dc), most_dc_size);
    look<keep>(tables, next);
    return difference;
  }

  // Adds the block's other coefficients.
  FOVEA_JPEG_INLINE void read(const ComponentTables& tables, const Lookup& next, std::int16_t* block) {
    while (at_ < 64) read_ac<true>(tables, next, block);
  }

  // As read(), without the coefficients. The tables have been given their set_skip().
  FOVEA_JPEG_INLINE void skip(const ComponentTables& tables, const Lookup& next) {
    while (at_ < 64) skip_ac(tables, next);
  }

 private:
  // Bits are refilled while a lookup is under way, which needs the first ones alone. There are enough of them for it,
  // for two more lookups behind open(), and for three behind any that has refilled.
  static_assert(56 - 2 * longest_lookup >= skip_bits && skip_bits >= lookup_bits);

  // Looks ahead from where the bits are: for an AC symbol, and in case the block has ended, for what begins the next.
  template <bool keep>
  FOVEA_JPEG_INLINE void look(const ComponentTables& tables, const Lookup& next) {
    found_ = keep ? find(tables.rest, bits_) : find(tables.skip, bits_);
    ahead_ = find(next, bits_);
    load_now(found_);
    load_now(ahead_);
  }

  // Two lookups of AC symbols, unless the block ends or a symbol is wide.
  template <bool keep>
  FOVEA_JPEG_INLINE void read_ac(const ComponentTables& tables, const Lookup& next, std::int16_t* block) {
#pragma GCC unroll 2
    for (int i = 0; i < 2; ++i) {
      if (i == 1) bits_.refill();
      std::uint32_t found = found_;
      const std::uint64_t at = at_;
      at_ += advance(found);
      if (keep) {
        // Past the end of the block, these are zeros or are put right below.
        block[tables.places[at + first_advance(found)]] = static_cast<std::int16_t>(first_value(found));
        block[tables.places[at_]] = static_cast<std::int16_t>(last_value(found, bits_.bits));
      }
      const BitReader before = bits_;
      bits_.drop(found);
      look<true>(tables, next);
      if (at_ < 64) continue;
      load_now(found);
      if (advance(found) == wide_advance) {
        bits_ = before;
        at_ = wide_ac<keep>(tables, block, at);
        look<true>(tables, next);
      } else if (__builtin_expect(at + first_advance(found) >= 64 && first_value(found) != 0, false)) {
        bits_ = before;
        end<keep>(tables, block, found);
        look<true>(tables, next);
      }
      return;
    }
  }

  // As read_ac(), by more symbols a lookup.
  FOVEA_JPEG_INLINE void skip_ac(const ComponentTables& tables, const Lookup& next) {
#pragma GCC unroll 2
    for (int i = 0; i < 2; ++i) {
      if (i == 1) bits_.refill();
      const std::uint32_t found = found_;
      const std::uint64_t at = at_;
      at_ += found >> 6;
      const BitReader before = bits_;
      bits_.drop(found);
      look<false>(tables, next);
      if (at_ < 64) continue;
      if (at_ - end_of_skip >= 64) {
        // The block may be full before the last symbol.
        at_ = at;
        bits_ = before;
        bits_.refill();
        found_ = find(tables.rest, bits_);
        read_ac<false>(tables, next, nullptr);
        look<false>(tables, next);
      }
      return;
    }
  }

  // An entry whose first symbol has filled the block; if there is a second one, it is the next block's.
  template <bool keep>
  FOVEA_JPEG_INLINE void end(const ComponentTables& tables, std::int16_t* block, std::uint32_t found) {
    if (keep) block[63] = static_cast<std::int16_t>(first_value(found));
    const int word = tables.ac.find(bits_.bits);
    bits_.drop(static_cast<std::uint64_t>(word >> 8) + (word & 15));
  }

  // The length of the next code times 256 and its symbol, looked up bit by bit.
  FOVEA_JPEG_INLINE int take_word(const CanonicalCode& code) {
    bits_.refill();
    const int word = code.find(bits_.bits);
    bad_ |= word >> 8 == bad_code_length;
    return word;
  }

  // The magnitude behind a word. Enough bits are there afterwards.
  FOVEA_JPEG_INLINE int take_magnitude(int word, int most_size) {
    const int size = word & 15;
    bad_ |= size > most_size;
    bits_.drop(static_cast<std::uint64_t>(word >> 8));
    const int value = extended(bits_.bits, static_cast<std::uint64_t>(size));
    bits_.drop(static_cast<std::uint64_t>(size));
    bits_.refill();
    return value;
  }

  // A symbol that does not fit into a lookup. The position after it.
  template <bool keep>
  FOVEA_JPEG_INLINE std::uint64_t wide_ac(const ComponentTables& tables, std::int16_t* block, std::uint64_t at) {
    const int word = take_word(tables.ac), symbol = word & 255, size = symbol & 15;
    const int value = take_magnitude(word, most_ac_size);
    const std::uint64_t next = symbol ? at + static_cast<std::uint64_t>(symbol >> 4) + 1 : 64;
    bad_ |= size == 0 && symbol != 0 && symbol != 0xf0;  // an end of several blocks, which only progressive scans have
    if (keep && size) block[tables.places[next]] = static_cast<std::int16_t>(value);
    return next;
  }

  BitReader bits_;
  std::uint64_t at_ = 0;     // position after the last one known
  std::uint32_t found_ = 0;  // what comes next in the block
  std::uint32_t ahead_ = 0;  // what the next block begins with, if it comes next
  bool bad_ = false;
};

}  // namespace fovea::codec::jpeg
