#pragma once
#include <span>

#include "ops/prepare/byte_taps.h"
#include "ops/prepare/normalization.h"
#include "ops/prepare/row_plan.h"

// prepare_image on x86 processors with AVX-512 VNNI, VBMI and VBMI2: elsewhere these must not be called.
namespace fovea::ops::vnni {

inline constexpr Index block_rows = 4;

// Places of a channel in a block, with room for stores that run over.
inline Index pitch(Index places) {
  return (places + 31) / 16 * 16;
}

// Sums of four rows to `block`: place o of channel c in word c * pitch + o, a byte a row.
void across(const AcrossTaps&, const BlockRows&, std::uint32_t* block, Index pitch);

// Output row `place` of `crop` values a channel: channel c from `ring` + c * pitch to out + c * crop * crop. Block k of
// the ring lies at k % taps.ring * block_words.
struct DownCall {
  const DownTaps& taps;
  std::span<const Normalization> normalization;
  const std::uint32_t* ring;
  Index block_words, pitch, crop;
};
void down(const DownCall&, Index place, float* out);

// Whether down()'s normalisation gives the 256 answers.
bool normalizes(const Normalization&);

}  // namespace fovea::ops::vnni
