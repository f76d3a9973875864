#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "fovea/image.h"

namespace fovea::codec {

// One format that pictures are written in. The pixels have passed the checks of fovea::encode() and are contiguous on
// the host. The same bytes for the same pixels, options and libraries. Throws Error, std::bad_alloc.
struct Encoder {
  std::string_view name;
  std::vector<std::string_view> extensions;  // in small letters, the one for new names first
  bool alpha;                                // takes four channels
  std::int64_t max_side;                     // pixels
  std::vector<std::byte> (*encode)(const Array& pixels, const EncodeOptions&);
};

// All encoders, in the order of their file names.
const std::vector<Encoder>& encoders();

// The error of a picture that fails for its size, although its sides are within the format's.
[[noreturn]] void refuse_size(std::string_view format, const Array& pixels, std::string_view why);

}  // namespace fovea::codec
