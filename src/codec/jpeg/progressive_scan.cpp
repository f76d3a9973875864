#include "codec/jpeg/progressive_scan.h"

#include <bit>
#include <cstring>

// Nothing but masks is a vector here, but targets bring shifts that leave the flags alone and deposits of bits (BMI2).
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "codec/jpeg/progressive_scan.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#if HWY_ARCH_X86_64
#include <immintrin.h>
#endif

#ifndef FOVEA_JPEG_PROGRESSIVE_SCAN
#define FOVEA_JPEG_PROGRESSIVE_SCAN
namespace fovea::codec::jpeg {

// Masks of coefficients have that of zigzag position k at bit 63 - k: the first one comes first.
constexpr std::uint64_t mask_of(int position) {
  return std::uint64_t{1} << (63 - position);
}

// For each row of a block and each byte of its coefficients (bit i: column i) their mask.
using RowMasks = std::array<std::array<std::uint64_t, 256>, 8>;
inline constexpr RowMasks row_masks = [] {
  std::array<std::uint64_t, 64> mask_at = {};
  for (int k = 0; k < 64; ++k) mask_at[natural_order[static_cast<std::size_t>(k)]] = mask_of(k);
  RowMasks masks = {};
  for (std::size_t row = 0; row < 8; ++row)
    for (std::size_t byte = 1; byte < 256; ++byte)
      masks[row][byte] = masks[row][byte & (byte - 1)] | mask_at[8 * row + std::countr_zero(byte)];
  return masks;
}();

// At least bad_code_length bits must be there.
FOVEA_JPEG_INLINE int take_symbol(const SymbolTable& table, BitReader& bits, bool& bad) {
  std::uint32_t word = table.words[bits.bits >> (64 - lookup_bits)];
  int symbol = static_cast<int>(word >> 8);
  std::uint64_t length = word & 255;
  if (__builtin_expect(!length, false)) {
    const int found = table.code.find(bits.bits);
    symbol = found & 255;
    length = static_cast<std::uint64_t>(found) >> 8;
    bad |= length == bad_code_length;
  }
  bits.drop(length);
  return symbol;
}

// `count` bits, 0 to 32, which must be there.
FOVEA_JPEG_INLINE std::uint64_t take(BitReader& bits, std::uint64_t count) {
  const std::uint64_t value = bits.bits >> 1 >> (63 - count);
  bits.drop(count);
  return value;
}

// Of any number, for a lookup that stands for no coefficient has one, too.
FOVEA_JPEG_INLINE std::int16_t shifted(int value, int low) {
  return static_cast<std::int16_t>(static_cast<std::uint32_t>(value) << low);
}

}  // namespace fovea::codec::jpeg
#endif

HWY_BEFORE_NAMESPACE();
namespace fovea::codec::jpeg::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

int DcFirst(DcBlocks& mcu, ScanState& state, const std::uint8_t* limit, int most) {
  BitReader bits = state.bits;
  bool bad = false;
  int done = 0;
  for (; done < most && bits.at < limit; ++done)
    for (int i = 0; i < mcu.count; ++i) {
      DcBlocks::Block& block = mcu.blocks[static_cast<std::size_t>(i)];
      bits.refill();
      const auto size = static_cast<std::uint64_t>(take_symbol(*block.code, bits, bad));
      const int difference = extended(bits.bits, size);
      bits.drop(size);
      std::uint32_t& dc = state.dc[static_cast<std::size_t>(block.component)];
      dc += static_cast<std::uint32_t>(difference);
      const std::uint32_t value = dc << mcu.low;
      bad |= size > most_dc_size || dc + 32768 > 65535 || value + 32768 > 65535;
      *block.to = static_cast<std::int16_t>(value);
      block.to += block.step;
    }
  state.bits = bits;
  state.bad |= bad;
  return done;
}

int DcRefine(DcBlocks& mcu, ScanState& state, const std::uint8_t* limit, int most) {
  BitReader bits = state.bits;
  int done = 0;
  for (; done < most && bits.at < limit; ++done) {
    bits.refill();
    for (int i = 0; i < mcu.count; ++i) {
      DcBlocks::Block& block = mcu.blocks[static_cast<std::size_t>(i)];
      *block.to = static_cast<std::int16_t>(*block.to | static_cast<int>(take(bits, 1)) << mcu.low);
      block.to += block.step;
    }
  }
  state.bits = bits;
  return done;
}

// Reads the band of one block. Returns how many blocks' bands have ended with it. There must be bits for a lookup, and
// will be afterwards.
HWY_INLINE std::uint32_t ReadBand(const Band& band, const AcTable& table, const std::uint8_t* place,
                                  std::int16_t* block, BitReader& bits, bool& bad) {
  const auto end = static_cast<std::uint64_t>(band.last) + 1;
  std::uint64_t at = static_cast<std::uint64_t>(band.first);
  while (at < end) {
    const std::uint64_t before = at;
    const std::uint32_t found = find(table.rest, bits);
    bits.refill();
    at += advance(found);
    block[place[before + first_advance(found)]] = shifted(first_value(found), band.low);
    block[place[at]] = shifted(last_value(found, bits.bits), band.low);
    if (at < end) {
      bits.drop(found);
      continue;
    }
    const std::uint64_t first = before + first_advance(found);
    if (advance(found) != wide_advance) {
      if (first < end || first_value(found) == 0) {
        bad |= advance(found) < end_advance && at > end;
        bits.drop(found);
      } else {
        bad |= first > end;
        // The first symbol has filled the band; the second one is the next block's.
        const int word = table.code.find(bits.bits);
        bits.drop(static_cast<std::uint64_t>(word >> 8) + (word & 15));
      }
      return 1;
    }
    std::uint64_t length = found & 63, size = 0, run = first_advance(found) - 1;
    if (!length) {
      const int word = table.code.find(bits.bits);
      length = static_cast<std::uint64_t>(word) >> 8;
      bad |= length == bad_code_length;
      size = word & 15;
      run = word >> 4 & 15;
    }
    bits.drop(length);
    if (!size && run < 15) {
      const std::uint64_t more = take(bits, run);
      bits.refill();
      return (1u << run) + static_cast<std::uint32_t>(more);
    }
    at = before + run + 1;
    bad |= at > end || size > most_ac_size;
    const int value = extended(bits.bits, size);
    bits.drop(size);
    bits.refill();
    if (size) block[place[at]] = shifted(value, band.low);
  }
  return 1;
}

int AcFirst(Band& band, const AcTable& table, ScanState& state, const std::uint8_t* limit, int most) {
  // Position + 1 to place, as far as the band goes. What lies beyond goes to the DC's, which is put back.
  alignas(64) std::uint8_t place[256] = {};
  for (int k = band.first; k <= band.last; ++k) place[k + 1] = natural_order[static_cast<std::size_t>(k)];
  BitReader bits = state.bits;
  bits.refill();
  std::uint32_t ended = state.ended;
  bool bad = false;
  int done = 0;
  while (done < most) {
    if (ended) {
      const std::uint32_t blocks = HWY_MIN(ended, static_cast<std::uint32_t>(most - done));
      ended -= blocks;
      done += static_cast<int>(blocks);
      band.blocks += 64 * static_cast<std::size_t>(blocks);
      continue;
    }
    if (bits.at >= limit) break;
    const std::int16_t dc = band.blocks[0];
    ended = ReadBand(band, table, place, band.blocks, bits, bad);
    band.blocks[0] = dc;
  }
  state.bits = bits;
  state.ended = ended;
  state.bad |= bad;
  return done;
}

// The mask of a block's coefficients that are not 0.
HWY_INLINE std::uint64_t NonZero(const std::int16_t* block) {
  std::uint8_t rows[8] = {};
#if HWY_TARGET == HWY_SCALAR
  for (int i = 0; i < 64; ++i) rows[i / 8] = static_cast<std::uint8_t>(rows[i / 8] | (block[i] != 0) << i % 8);
#else
  const hn::CappedTag<std::int16_t, 32> d;
  for (std::size_t i = 0; i < 64; i += hn::Lanes(d))
    hn::StoreMaskBits(d, hn::Ne(hn::LoadU(d, block + i), hn::Zero(d)), rows + i / 8);
#endif
  std::uint64_t mask = 0;
  for (std::size_t row = 0; row < 8; ++row) mask |= row_masks[row][rows[row]];
  return mask;
}

// The low bits of `bits`, in order, at the places of the bits of `mask`.
HWY_INLINE std::uint64_t Deposit(std::uint64_t bits, std::uint64_t mask) {
#if HWY_ARCH_X86_64 && HWY_TARGET <= HWY_AVX2
  return _pdep_u64(bits, mask);
#else
  std::uint64_t result = 0;
  for (; mask; mask &= mask - 1, bits >>= 1)
    if (bits & 1) result |= mask & -mask;
  return result;
#endif
}

// One more bit for each coefficient of the mask: where it is 1, the coefficient goes on from 0.
HWY_INLINE void Correct(std::uint64_t mask, int low, std::int16_t* block, BitReader& bits) {
  const auto count = static_cast<std::uint64_t>(std::popcount(mask));
  bits.refill();
  std::uint64_t more = 0;
  if (count > 32) {
    more = take(bits, count - 32) << 32;
    bits.refill();
  }
  more |= take(bits, HWY_MIN(count, std::uint64_t{32}));
  for (std::uint64_t ones = Deposit(more, mask); ones; ones &= ones - 1) {
    std::int16_t& coefficient = block[natural_order[63 - static_cast<std::size_t>(std::countr_zero(ones))]];
    coefficient = static_cast<std::int16_t>(coefficient + (coefficient < 0 ? -(1 << low) : 1 << low));
  }
}

// Reads the symbols of one block, whose bits of `rest` (the coefficients that symbols have not come to) and `nonzero`
// (those of them that are not 0) become those behind the last symbol. Returns as ReadBand(), 0 if the band is full.
HWY_INLINE std::uint32_t RefineBand(std::uint64_t& rest, std::uint64_t nonzero, int low, const SymbolTable& table,
                                    std::int16_t* block, BitReader& bits, bool& bad) {
  while (rest) {
    bits.refill();
    const int symbol = take_symbol(table, bits, bad), size = symbol & 15, run = symbol >> 4;
    if (!size && run < 15) return (1u << run) + static_cast<std::uint32_t>(take(bits, static_cast<std::uint64_t>(run)));
    const bool positive = size && take(bits, 1);
    const std::uint64_t zeros = rest & ~nonzero;
    const int behind = std::popcount(zeros) - 1 - run;  // zeros behind the one that the symbol is for
    if (behind < 0 || size > 1) {
      bad = true;
      return 1;
    }
    const std::uint64_t here = Deposit(std::uint64_t{1} << behind, zeros);
    const std::uint64_t passed = rest & nonzero & ~(here | (here - 1));
    if (passed) Correct(passed, low, block, bits);
    if (size)
      block[natural_order[63 - static_cast<std::size_t>(std::countr_zero(here))]] =
          static_cast<std::int16_t>(positive ? 1 << low : -(1 << low));
    rest &= here - 1;
  }
  return 0;
}

int AcRefine(Band& band, const SymbolTable& table, ScanState& state, const std::uint8_t* limit, int most) {
  const std::uint64_t all = (mask_of(band.first) << 1) - mask_of(band.last);
  BitReader bits = state.bits;
  std::uint32_t ended = state.ended;
  bool bad = false;
  int done = 0;
  for (; done < most && bits.at < limit; ++done, band.blocks += 64) {
    const std::uint64_t nonzero = NonZero(band.blocks);
    std::uint64_t rest = all;
    if (!ended) ended = RefineBand(rest, nonzero, band.low, table, band.blocks, bits, bad);
    if (!ended) continue;
    --ended;
    if (rest & nonzero) Correct(rest & nonzero, band.low, band.blocks, bits);
  }
  state.bits = bits;
  state.ended = ended;
  state.bad |= bad;
  return done;
}

}  // namespace fovea::codec::jpeg::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fovea::codec::jpeg {

HWY_EXPORT(DcFirst);
HWY_EXPORT(DcRefine);
HWY_EXPORT(AcFirst);
HWY_EXPORT(AcRefine);

int decode_dc_first(DcBlocks& blocks, ScanState& state, const std::uint8_t* limit, int most) {
  return HWY_DYNAMIC_DISPATCH(DcFirst)(blocks, state, limit, most);
}
int decode_dc_refine(DcBlocks& blocks, ScanState& state, const std::uint8_t* limit, int most) {
  return HWY_DYNAMIC_DISPATCH(DcRefine)(blocks, state, limit, most);
}
int decode_ac_first(Band& band, const AcTable& table, ScanState& state, const std::uint8_t* limit, int most) {
  return HWY_DYNAMIC_DISPATCH(AcFirst)(band, table, state, limit, most);
}
int decode_ac_refine(Band& band, const SymbolTable& table, ScanState& state, const std::uint8_t* limit, int most) {
  return HWY_DYNAMIC_DISPATCH(AcRefine)(band, table, state, limit, most);
}

}  // namespace fovea::codec::jpeg
#endif
