#pragma once
#include "base/half.h"
#include "kernel/view.h"

// f16 and bf16 as elements that bodies read and write as floats.
namespace fovea {

template <float (*Widen)(std::uint16_t), std::uint16_t (*Narrow)(float)>
struct HalfFloat {
  std::uint16_t bits = 0;

  HalfFloat() = default;
  FOVEA_HD HalfFloat(float value) : bits(Narrow(value)) {}
  FOVEA_HD operator float() const { return Widen(bits); }
};
using F16 = HalfFloat<f16_to_f32, f32_to_f16>;
using BF16 = HalfFloat<bf16_to_f32, f32_to_bf16>;

}  // namespace fovea
