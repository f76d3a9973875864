#include "model/buckets.h"

#include <bit>

namespace fovea::model {

Piece next_piece(std::int64_t left, std::int64_t largest) {
  if (left >= largest) return {largest, largest};
  const auto above = static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(left)));
  if (4 * left >= 3 * above) return {left, above};
  const auto below = static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(left)));
  return {below, below};
}

}  // namespace fovea::model
