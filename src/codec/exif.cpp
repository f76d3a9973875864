#include "codec/exif.h"

#include <cstring>

#include "codec/byte_order.h"

namespace fovea::codec {

int exif_orientation(Bytes block) {
  constexpr std::size_t prefix = 6, header = 8, entry_size = 12;
  constexpr std::uint32_t orientation = 0x0112, type_short = 3, type_long = 4;
  if (block.size() >= prefix && std::memcmp(block.data(), "Exif\0\0", prefix) == 0) block = block.subspan(prefix);
  if (block.size() < header) return 1;
  const bool little = std::memcmp(block.data(), "II*\0", 4) == 0;
  if (!little && std::memcmp(block.data(), "MM\0*", 4) != 0) return 1;
  const auto read16 = little ? little16 : big16;
  const auto read32 = little ? little32 : big32;

  const std::size_t directory = read32(block, 4);
  if (directory > block.size() - 2) return 1;
  const std::size_t room = (block.size() - directory - 2) / entry_size;
  const std::size_t count = std::min<std::size_t>(read16(block, directory), room);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = directory + 2 + i * entry_size;
    if (read16(block, at) != orientation) continue;
    const std::uint32_t type = read16(block, at + 2);
    if (read32(block, at + 4) != 1 || (type != type_short && type != type_long)) return 1;
    const std::uint32_t value = type == type_short ? read16(block, at + 8) : read32(block, at + 8);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

}  // namespace fovea::codec
