#pragma once
#include <cstdint>

namespace fovea::model {

// One run of the network: `pictures` of them in a batch of `bucket`, a power of two.
struct Piece {
  std::int64_t pictures, bucket;
};

// The next piece of a batch with `left` pictures to go, at least 1. A rest that fills three quarters of a bucket or
// more is padded to it: the padding costs less than a run more. A smaller one is split.
Piece next_piece(std::int64_t left, std::int64_t largest);

}  // namespace fovea::model
