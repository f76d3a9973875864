// Per target: philox_words for kernels in an HWY_NAMESPACE.
#if defined(FOVEA_OPS_RANDOM_PHILOX_SIMD_H) == defined(HWY_TARGET_TOGGLE)
#ifdef FOVEA_OPS_RANDOM_PHILOX_SIMD_H
#undef FOVEA_OPS_RANDOM_PHILOX_SIMD_H
#else
#define FOVEA_OPS_RANDOM_PHILOX_SIMD_H
#endif

#include <hwy/highway.h>

#include "ops/random/philox.h"

HWY_BEFORE_NAMESPACE();
namespace fovea::ops::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR

inline void philox_words(const Generator& g, std::uint64_t first, Index blocks, std::uint32_t* out) {
  for (Index b = 0; b < blocks; ++b) {
    const Words4 words = g.block(first + static_cast<std::uint64_t>(b));
    for (int k = 0; k < 4; ++k) out[4 * b + k] = words.w[k];
  }
}

#else

using D64 = hn::ScalableTag<std::uint64_t>;
using V64 = hn::Vec<D64>;

HWY_INLINE V64 wide_multiply(V64 a, V64 b) {
  const hn::RepartitionToNarrow<D64> d32;
  return hn::MulEven(hn::BitCast(d32, a), hn::BitCast(d32, b));
}

// The four words of as many blocks as a vector has 64-bit lanes, a word in the low half of each lane. What is in the
// high halves does not matter: products read low halves only.
struct PhiloxState {
  V64 c0, c1, c2, c3;

  HWY_INLINE void round(V64 m0, V64 m1, V64 key0, V64 key1) {
    const V64 p0 = wide_multiply(c0, m0), p1 = wide_multiply(c2, m1);
    c0 = hn::Xor3(hn::ShiftRight<32>(p1), c1, key0);
    c2 = hn::Xor3(hn::ShiftRight<32>(p0), c3, key1);
    c1 = p1;
    c3 = p0;
  }
  // In the order of the stream, given that lane 2j holds block j and lane 2j + 1 block j + lanes / 2.
  HWY_INLINE void store(std::uint32_t* out) const {
    const D64 d64;
    const hn::RepartitionToNarrow<D64> d32;
    const auto join = [&](V64 low, V64 high) {
      return hn::BitCast(d64, hn::OddEven(hn::BitCast(d32, hn::ShiftLeft<32>(high)), hn::BitCast(d32, low)));
    };
    const V64 front = join(c0, c1), back = join(c2, c3);
    hn::StoreU(hn::BitCast(d32, hn::InterleaveLower(d64, front, back)), d32, out);
    hn::StoreU(hn::BitCast(d32, hn::InterleaveUpper(d64, front, back)), d32, out + hn::Lanes(d32));
  }
};

// Words of blocks first, first + 1, ...; `blocks` must be a multiple of 32.
inline void philox_words(const Generator& g, std::uint64_t first, Index blocks, std::uint32_t* out) {
  const D64 d;
  const Index lanes = static_cast<Index>(hn::Lanes(d));
  std::uint64_t order[hn::MaxLanes(d)];
  for (Index k = 0; k < lanes; ++k) order[k] = static_cast<std::uint64_t>(k / 2 + (k % 2) * (lanes / 2));
  const V64 m0 = hn::Set(d, philox::multiplier0), m1 = hn::Set(d, philox::multiplier1);
  const V64 stream = hn::Set(d, g.stream), zero = hn::Zero(d), step = hn::Set(d, static_cast<std::uint64_t>(lanes));
  V64 counter = hn::Add(hn::LoadU(d, order), hn::Set(d, first));
  for (Index b = 0; b < blocks; b += 4 * lanes) {  // four at once hide the latency of the products
    PhiloxState s0{counter, hn::ShiftRight<32>(counter), stream, zero};
    counter = hn::Add(counter, step);
    PhiloxState s1{counter, hn::ShiftRight<32>(counter), stream, zero};
    counter = hn::Add(counter, step);
    PhiloxState s2{counter, hn::ShiftRight<32>(counter), stream, zero};
    counter = hn::Add(counter, step);
    PhiloxState s3{counter, hn::ShiftRight<32>(counter), stream, zero};
    counter = hn::Add(counter, step);
    std::uint32_t key0 = g.key0, key1 = g.key1;
    for (int r = 0; r < philox::rounds; ++r) {
      const V64 k0 = hn::Set(d, key0), k1 = hn::Set(d, key1);
      s0.round(m0, m1, k0, k1);
      s1.round(m0, m1, k0, k1);
      s2.round(m0, m1, k0, k1);
      s3.round(m0, m1, k0, k1);
      key0 += philox::weyl0;
      key1 += philox::weyl1;
    }
    std::uint32_t* at = out + 4 * b;
    s0.store(at);
    s1.store(at + 4 * lanes);
    s2.store(at + 8 * lanes);
    s3.store(at + 12 * lanes);
  }
}

#endif

}  // namespace fovea::ops::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
