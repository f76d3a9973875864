#pragma once
#include <bit>
#include <cstdint>
#include <cstring>

namespace fovea::codec::jpeg {

#define FOVEA_JPEG_INLINE inline __attribute__((always_inline))

// Entropy-coded bits, from the top of a word down. Reads 8 bytes at a time, as far as 8 bytes behind the bits taken;
// the owner sees to it that these can be read.
struct BitReader {
  std::uint64_t bits = 0;   // those below the good ones are good too, or 0
  std::uint32_t count = 0;  // of good bits, at most 63, modulo 64: shifts heed no more of it
  const std::uint8_t* at = nullptr;

  // At least 56 bits are there afterwards.
  FOVEA_JPEG_INLINE void refill() {
    std::uint64_t next;
    std::memcpy(&next, at, 8);
    if constexpr (std::endian::native == std::endian::little) next = __builtin_bswap64(next);
    bits |= next >> (count & 63);
    at += (~count & 63) >> 3;
    count |= 56;
  }
  // By `length` modulo 64 bits, at most as many as there are.
  FOVEA_JPEG_INLINE void drop(std::uint64_t length) {
    bits <<= length & 63;
    count -= static_cast<std::uint32_t>(length);
  }
  // Bits from here to the end of the bytes; less than 0 when more have been taken than there were.
  std::int64_t left(const std::uint8_t* end) const { return (end - at) * 8 + static_cast<std::int64_t>(count & 63); }
};

// The value that `size` bits at the top of a word stand for (T.81, F.2.2.1); 0 for size 0.
FOVEA_JPEG_INLINE int extended(std::uint64_t bits, std::uint64_t size) {
  const int value = static_cast<int>((bits >> 1) >> (63 - size));
  const int below = static_cast<int>((1u << size) - 1);
  return value - (below & static_cast<int>(static_cast<std::int64_t>(~bits) >> 63));
}

}  // namespace fovea::codec::jpeg
