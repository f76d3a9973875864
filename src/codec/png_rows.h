#pragma once
#include <spng.h>

#include <cstdint>
#include <vector>

#include "codec/pixels.h"

namespace fovea::codec {

// What stands in a PNG beside the samples.
struct PngColors {
  spng_ihdr header{};
  bool has_key = false;  // tRNS of a grey or RGB picture
  spng_trns trns{};
  std::uint8_t palette[256][4] = {};  // RGBA
};

// Turns rows of samples as stored (SPNG_FMT_PNG) into rows of the target. Keeps a reference to the colors.
class PngRows {
 public:
  PngRows(const PngColors& colors, Target target);

  // Whether stored rows already are the target's.
  bool direct() const;

  void operator()(const std::uint8_t* stored, std::uint8_t* out);

 private:
  const std::uint8_t* expand(const std::uint8_t* stored);
  const std::uint8_t* add_alpha(const std::uint8_t* stored, const std::uint8_t* row);

  const PngColors& colors_;
  Target target_;
  std::size_t width_;
  int bits_;
  Layout layout_, with_alpha_;
  std::vector<std::uint8_t> samples_, keyed_;
};

}  // namespace fovea::codec
