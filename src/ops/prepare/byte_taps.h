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
// window of 64 bytes or from two; in lane c * places + i is channel c of the group's place i.
struct AcrossTaps {
  AcrossTaps(const Taps&, Index channels);

  struct Group {
    Index first = 0;           // output place
    Index window[2] = {};      // bytes from a row's beginning; those of the next step are 4 * channels behind
    std::uint64_t second = 0;  // the bytes of the lanes that take from the second window
  };
  Index channels;
  Index places;       // of a full group
  Index steps;        // of every group
  int windows;        // 1 or 2
  Index digit_bytes;  // 64, a digit a lane; or 16, those of four places, which are every channel's
  bool clamp;         // sums may leave 0..255
  std::vector<Group> groups;
  std::vector<ByteLine> picks;   // [group]: which bytes of its window a lane takes
  std::vector<ByteLine> digits;  // [group][step][digit], of digit_bytes
  Index reach = 0;               // bytes from a row's beginning up to where windows end

 private:
  std::vector<Group> cut(const Taps&, int windows, Index places) const;
  void fill(const Taps&, std::size_t group);
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
