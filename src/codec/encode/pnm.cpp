#include <cstring>
#include <limits>
#include <string>

#include "codec/encoder.h"

namespace fovea::codec {
namespace {

// P5 grey, P6 RGB, P7 RGBA.
std::string header(const Shape& shape) {
  const std::string height = std::to_string(shape[0]), width = std::to_string(shape[1]);
  if (shape[2] == 4)
    return "P7\nWIDTH " + width + "\nHEIGHT " + height + "\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n";
  return (shape[2] == 3 ? "P6\n" : "P5\n") + width + " " + height + "\n255\n";
}

std::vector<std::byte> encode(const Array& pixels, const EncodeOptions&) {
  const std::string head = header(pixels.shape());
  const auto size = static_cast<std::size_t>(pixels.size());
  std::vector<std::byte> bytes(head.size() + size);
  std::memcpy(bytes.data(), head.data(), head.size());
  std::memcpy(bytes.data() + head.size(), pixels.data(), size);
  return bytes;
}

}  // namespace

Encoder pnm_encoder() {
  return {"pnm", {".ppm", ".pgm", ".pam", ".pnm"}, true, std::numeric_limits<std::int32_t>::max(), encode};
}

}  // namespace fovea::codec
