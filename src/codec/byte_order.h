#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "codec/codec.h"

namespace fovea::codec {

// Unsigned numbers at `at`; the caller has checked that they lie inside.
inline std::uint32_t byte_at(Bytes bytes, std::size_t at) {
  return std::to_integer<std::uint32_t>(bytes[at]);
}
inline std::uint32_t big16(Bytes b, std::size_t at) {
  return byte_at(b, at) << 8 | byte_at(b, at + 1);
}
inline std::uint32_t big32(Bytes b, std::size_t at) {
  return big16(b, at) << 16 | big16(b, at + 2);
}
inline std::uint32_t little16(Bytes b, std::size_t at) {
  return byte_at(b, at + 1) << 8 | byte_at(b, at);
}
inline std::uint32_t little32(Bytes b, std::size_t at) {
  return little16(b, at + 2) << 16 | little16(b, at);
}

inline const std::uint8_t* u8(Bytes bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes.data());
}
inline std::uint8_t* u8(const Array& array) {
  return reinterpret_cast<std::uint8_t*>(array.data());
}

// Whether the bytes begin with `magic`, or, when they are fewer, are its beginning.
inline bool begins_like(Bytes bytes, std::string_view magic) {
  const std::size_t n = std::min(bytes.size(), magic.size());
  return n >= 2 && std::memcmp(bytes.data(), magic.data(), n) == 0;
}

}  // namespace fovea::codec
