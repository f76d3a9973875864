#include "ops/random_integers.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "ops/random_integers_simd.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "ops/random/philox_simd.h"

HWY_BEFORE_NAMESPACE();
namespace fovea::ops::cpu::HWY_NAMESPACE {

// One word an element. Refused draws are rare: the chunk is made as if there were none, then mended.
template <class T>
void narrow_range(const Bounded& bounded, std::int64_t low, std::uint64_t first, Index blocks, T* out) {
  HWY_ALIGN std::uint32_t words[4 * blocks_a_chunk];
  philox_words(bounded.generator, first, blocks, words);
  const auto range = static_cast<std::uint32_t>(bounded.range), threshold = static_cast<std::uint32_t>(bounded.threshold);
  std::uint32_t refused = 0;
  for (Index k = 0; k < 4 * blocks; ++k) {
    const std::uint64_t product = std::uint64_t{words[k]} * range;
    out[k] = static_cast<T>(static_cast<std::uint64_t>(low) + (product >> 32));
    refused |= static_cast<std::uint32_t>(product) < threshold ? 1u : 0u;
  }
  for (Index k = 0; refused != 0 && k < 4 * blocks; ++k)
    if (!bounded.accepts(words[k]))
      out[k] = integer_from<T>(low, bounded.retry(4 * first + static_cast<std::uint64_t>(k)));
}

template <class T>
void wide_range(const Bounded& bounded, std::int64_t low, std::uint64_t first, Index blocks, T* out) {
  HWY_ALIGN std::uint32_t words[4 * blocks_a_chunk];
  philox_words(bounded.generator, first, blocks, words);
  const auto* pairs = reinterpret_cast<const std::uint64_t*>(words);
  for (Index k = 0; k < 2 * blocks; ++k)
    out[k] = integer_from<T>(low, bounded.draw(pairs[k], 2 * first + static_cast<std::uint64_t>(k)));
}

template <class T>
void integers(const Bounded& bounded, std::int64_t low, std::uint64_t first, Index blocks, T* out) {
  if (bounded.one_word())
    narrow_range(bounded, low, first, blocks, out);
  else
    wide_range(bounded, low, first, blocks, out);
}

void IntegersU8(const Bounded& b, std::int64_t low, std::uint64_t first, Index blocks, std::uint8_t* out) {
  integers(b, low, first, blocks, out);
}
void IntegersI8(const Bounded& b, std::int64_t low, std::uint64_t first, Index blocks, std::int8_t* out) {
  integers(b, low, first, blocks, out);
}
void IntegersU16(const Bounded& b, std::int64_t low, std::uint64_t first, Index blocks, std::uint16_t* out) {
  integers(b, low, first, blocks, out);
}
void IntegersI16(const Bounded& b, std::int64_t low, std::uint64_t first, Index blocks, std::int16_t* out) {
  integers(b, low, first, blocks, out);
}
void IntegersI32(const Bounded& b, std::int64_t low, std::uint64_t first, Index blocks, std::int32_t* out) {
  integers(b, low, first, blocks, out);
}
void IntegersI64(const Bounded& b, std::int64_t low, std::uint64_t first, Index blocks, std::int64_t* out) {
  integers(b, low, first, blocks, out);
}

}  // namespace fovea::ops::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fovea::ops::cpu {
namespace {

HWY_EXPORT(IntegersU8);
HWY_EXPORT(IntegersI8);
HWY_EXPORT(IntegersU16);
HWY_EXPORT(IntegersI16);
HWY_EXPORT(IntegersI32);
HWY_EXPORT(IntegersI64);

template <class T>
void chunk(const Bounded& b, std::int64_t low, std::uint64_t first, Index blocks, T* out) {
  if constexpr (std::is_same_v<T, std::uint8_t>)
    HWY_DYNAMIC_DISPATCH(IntegersU8)(b, low, first, blocks, out);
  else if constexpr (std::is_same_v<T, std::int8_t>)
    HWY_DYNAMIC_DISPATCH(IntegersI8)(b, low, first, blocks, out);
  else if constexpr (std::is_same_v<T, std::uint16_t>)
    HWY_DYNAMIC_DISPATCH(IntegersU16)(b, low, first, blocks, out);
  else if constexpr (std::is_same_v<T, std::int16_t>)
    HWY_DYNAMIC_DISPATCH(IntegersI16)(b, low, first, blocks, out);
  else if constexpr (std::is_same_v<T, std::int32_t>)
    HWY_DYNAMIC_DISPATCH(IntegersI32)(b, low, first, blocks, out);
  else
    HWY_DYNAMIC_DISPATCH(IntegersI64)(b, low, first, blocks, out);
}

void random_integers_simd(const RandomIntegers& p, Queue, std::span<const Array>, const Array& out) {
  const Bounded bounded = p.bounded();
  const auto offset = static_cast<std::uint64_t>(p.offset);
  with_integer_type(out.dtype(), [&](auto type) {
    using T = decltype(type);
    const auto fill = [&](std::uint64_t first, Index blocks, T* to) { chunk(bounded, p.low, first, blocks, to); };
    if (bounded.one_word())
      fill_blocks<T, 4>(offset, out.size(), reinterpret_cast<T*>(out.data()), fill);
    else
      fill_blocks<T, 2>(offset, out.size(), reinterpret_cast<T*>(out.data()), fill);
  });
}

}  // namespace

void register_random_integers_simd(Registry& r) {
  r.add_row(
      {"random_integers", Device::Kind::cpu, "simd", any_call, simple_kernel<RandomIntegers, random_integers_simd>});
}

}  // namespace fovea::ops::cpu
#endif
