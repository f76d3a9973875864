#pragma once
#include <cstdint>

namespace fovea::codec::jpeg {

// Where a copy has come to.
struct Unstuffed {
  const std::uint8_t* from;
  std::uint8_t* to;
};

// Copies entropy-coded bytes from [from, end) to [to, full) without the zeros stuffed behind FFs, as far as the best
// instructions here go: they stop before a marker and near either end, and may write with anything up to `full`.
Unstuffed unstuff(Unstuffed at, const std::uint8_t* end, const std::uint8_t* full);

}  // namespace fovea::codec::jpeg
