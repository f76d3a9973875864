#pragma once
#include <cstdint>

#include "kernel/view.h"

// Philox4x32-10: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC'11.
namespace fovea::ops {

struct Words4 {
  std::uint32_t w[4];
};

namespace philox {
inline constexpr std::uint32_t multiplier0 = 0xD2511F53u, multiplier1 = 0xCD9E8D57u;
inline constexpr std::uint32_t weyl0 = 0x9E3779B9u, weyl1 = 0xBB67AE85u;
inline constexpr int rounds = 10;
}  // namespace philox

FOVEA_HD inline Words4 philox4x32(Words4 c, std::uint32_t key0, std::uint32_t key1) {
  for (int round = 0; round < philox::rounds; ++round) {
    const std::uint64_t p0 = std::uint64_t{philox::multiplier0} * c.w[0];
    const std::uint64_t p1 = std::uint64_t{philox::multiplier1} * c.w[2];
    c = {{static_cast<std::uint32_t>(p1 >> 32) ^ c.w[1] ^ key0, static_cast<std::uint32_t>(p1),
          static_cast<std::uint32_t>(p0 >> 32) ^ c.w[3] ^ key1, static_cast<std::uint32_t>(p0)}};
    key0 += philox::weyl0;
    key1 += philox::weyl1;
  }
  return c;
}

// Where the numbers of a call come from: the seed is the key; the counter is (block, stream, domain), the block being
// 64 bits. Domain 0 holds an element's first draw; others are an op's own.
struct Generator {
  std::uint32_t key0 = 0, key1 = 0, stream = 0;

  FOVEA_HD Words4 block(std::uint64_t index, std::uint32_t domain = 0) const {
    return philox4x32({{static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(index >> 32), stream, domain}},
                      key0, key1);
  }
};

FOVEA_HD inline std::uint64_t word64(const Words4& block, int half) {
  return std::uint64_t{block.w[2 * half + 1]} << 32 | block.w[2 * half];
}

FOVEA_HD inline std::uint64_t high_product(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t a0 = a & 0xFFFFFFFFu, a1 = a >> 32, b0 = b & 0xFFFFFFFFu, b1 = b >> 32;
  const std::uint64_t middle = a1 * b0 + (a0 * b0 >> 32);
  return a1 * b1 + (middle >> 32) + (((middle & 0xFFFFFFFFu) + a0 * b1) >> 32);
}

// Exactly uniform on [0, range): Lemire, "Fast random integer generation in an interval", 2019. A refused draw of
// element i is replaced by the blocks (i, stream, 1), (i, stream, 2)..., so no element depends on another.
struct Bounded {
  // Ranges up to this take one word a draw, wider ones two.
  static constexpr std::uint64_t narrow = std::uint64_t{1} << 24;
  Generator generator;
  std::uint64_t range = 1, threshold = 0;  // 2^32 mod range or 2^64 mod range

  FOVEA_HD Bounded(Generator g, std::uint64_t r) : generator(g), range(r) {
    threshold = r <= narrow ? (std::uint64_t{1} << 32) % r : (0 - r) % r;
  }
  FOVEA_HD bool one_word() const { return range <= narrow; }
  FOVEA_HD std::uint64_t retry(std::uint64_t element, std::uint32_t domain = 1) const {
    for (;; ++domain) {
      const Words4 b = generator.block(element, domain);
      const std::uint64_t w = one_word() ? b.w[0] : word64(b, 0);
      if (accepts(w)) return take(w);
    }
  }
  FOVEA_HD bool accepts(std::uint64_t word) const {
    return (one_word() ? (word * range & 0xFFFFFFFFu) : word * range) >= threshold;
  }
  FOVEA_HD std::uint64_t take(std::uint64_t word) const {
    return one_word() ? word * range >> 32 : high_product(word, range);
  }
  FOVEA_HD std::uint64_t draw(std::uint64_t word, std::uint64_t element) const {
    return accepts(word) ? take(word) : retry(element);
  }
};

}  // namespace fovea::ops
