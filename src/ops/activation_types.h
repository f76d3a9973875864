#pragma once
#include "kernel/half_float.h"
#include "ops/op.h"

namespace fovea::ops {

// The types that activations of networks may have, all of whose values f32 holds.
inline bool is_activation_type(DType type) {
  return type == DType::f32 || type == DType::f16 || type == DType::bf16 || type == DType::u8 || type == DType::i8;
}

// visit(T{}) with the element type.
template <class Visit>
void with_activation_type(DType type, Visit&& visit) {
  switch (type) {
    case DType::f16:
      return visit(F16{});
    case DType::bf16:
      return visit(BF16{});
    case DType::u8:
      return visit(std::uint8_t{});
    case DType::i8:
      return visit(std::int8_t{});
    default:
      return visit(float{});
  }
}

// Row::block of what writes channels side by side ("channels last").
inline int all_channels() {
  return 0;
}
inline bool channels_last(const TensorSpec& spec) {
  return spec.shape.size() == 4 && spec.block == spec.shape[1];
}

}  // namespace fovea::ops
