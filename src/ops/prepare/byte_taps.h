#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "kernel/resample.h"

namespace fovea::ops {

// Taps as products of unsigned bytes (samples) and signed bytes (digits), four to a word: a coefficient k is
// digit[2] * 2^16 + digit[1] * 2^8 + digit[0]. Sums in 32 bits that wrap are those of the coefficients themselves.
inline std::array<std::int8_t, 3> digits_of(std::int32_t k) {
  std::array<std::int8_t, 3> digit;
  for (std::int8_t& d : digit) {
    d = static_cast<std::int8_t>(k & 0xff);
    k = (k - d) >> 8;
  }
  return digit;
}

struct alignas(64) ByteLine {
  std::uint8_t byte[64] = {};
};

// Sums along rows of interleaved channels. A group of neighbouring output places takes each step of four taps from one
// window of bytes; in lane c * places + i is channel c of the group's place i.
struct AcrossTaps {
  AcrossTaps(const Taps&, Index channels);

  struct Group {
    Index offset = 0;  // of the window of its first step; the next is 4 * channels behind
    Index first = 0;   // output place
  };
  Index channels, places;  // of a full group
  Index steps;             // of every group
  Index window;            // bytes: 64 or 128
  bool clamp;              // sums may leave 0..255
  std::vector<Group> groups;
  std::vector<ByteLine> picks;   // [group]: which bytes of the window its lanes take
  std::vector<ByteLine> digits;  // [group][step][digit]
  Index reach = 0;               // bytes from a row's beginning up to where windows end

 private:
  Index cut(const Taps&, Index bytes, std::vector<Group>* into) const;
};

// Sums down columns, of blocks of four rows whose bytes lie in one word: rows 4 k to 4 k + 3 in block k.
struct DownTaps {
  explicit DownTaps(const Taps&);

  struct Place {
    Index first = 0, count = 0, last = 0;  // blocks
    std::int32_t shift = 0;                // bits from the first block's beginning to the first tap, for `few`
  };
  bool few;     // at most four taps: one word once it is shifted together from two blocks
  Index steps;  // words of digits of a place
  bool clamp;
  std::vector<Place> places;
  std::vector<std::int32_t> digits;  // [place][step][digit], four taps to a word
  Index ring;                        // blocks that must be kept, a power of two
};

}  // namespace fovea::ops
