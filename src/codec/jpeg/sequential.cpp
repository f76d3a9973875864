#include "codec/jpeg/sequential.h"

#include "codec/jpeg/block_decoder.h"

// Few vectors are here, but targets bring shifts that leave the flags alone (BMI2).
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "codec/jpeg/sequential.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fovea::codec::jpeg::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr auto ClearBlock = [](std::int16_t* block) HWY_ATTR {
  const hn::CappedTag<std::int16_t, 32> d;
  for (std::size_t i = 0; i < 64; i += hn::Lanes(d)) hn::StoreU(hn::Zero(d), d, block + i);
};

// Two lines, or about an MCU: they come from memory while this window is decoded.
HWY_INLINE void fetch(std::uintptr_t address) {
  __builtin_prefetch(reinterpret_cast<const char*>(address));
  __builtin_prefetch(reinterpret_cast<const char*>(address + 64));
}

// skips: of some components the DC is all that is wanted.
template <bool skips>
int Decode(McuBlocks& mcu, ScanState& state, const std::uint8_t* limit, int most) {
  BlockDecoder decoder(state.bits, mcu.blocks[0].tables->first);
  std::uint32_t beyond = 0;  // not 0: a DC has left 16 bits
  int done = 0;
  for (; done < most && decoder.bits().at < limit; ++done) {
    fetch(reinterpret_cast<std::uintptr_t>(decoder.bits().at) + state.ahead);
    for (int i = 0; i < mcu.count; ++i) {
      McuBlocks::Block& block = mcu.blocks[static_cast<std::size_t>(i)];
      const Lookup& next = mcu.blocks[static_cast<std::size_t>(i + 1 < mcu.count ? i + 1 : 0)].tables->first;
      std::int16_t* const to = block.to;
      const bool skip = skips && block.dc_only;
      const int difference = skip ? decoder.open<false>(*block.tables, next, to, ClearBlock)
                                  : decoder.open<true>(*block.tables, next, to, ClearBlock);
      std::uint32_t& dc = state.dc[static_cast<std::size_t>(block.component)];
      dc += static_cast<std::uint32_t>(difference);
      beyond |= (dc + 32768) >> 16;
      block.to = to + block.step;
      if (skip)
        decoder.skip(*block.tables, next);
      else
        decoder.read(*block.tables, next, to);
      to[0] = static_cast<std::int16_t>(dc);
    }
  }
  state.bits = decoder.bits();
  state.bad |= decoder.bad() || beyond != 0;
  return done;
}

int DecodeMcus(McuBlocks& mcu, ScanState& state, const std::uint8_t* limit, int most) {
  bool skips = false;
  for (int i = 0; i < mcu.count; ++i) skips |= mcu.blocks[static_cast<std::size_t>(i)].dc_only;
  return skips ? Decode<true>(mcu, state, limit, most) : Decode<false>(mcu, state, limit, most);
}

}  // namespace fovea::codec::jpeg::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fovea::codec::jpeg {

HWY_EXPORT(DecodeMcus);

int decode_mcus(McuBlocks& blocks, ScanState& state, const std::uint8_t* limit, int most) {
  return HWY_DYNAMIC_DISPATCH(DecodeMcus)(blocks, state, limit, most);
}

}  // namespace fovea::codec::jpeg
#endif
