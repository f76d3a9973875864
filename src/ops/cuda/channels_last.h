#pragma once
#include "ops/activation_types.h"

namespace fovea::ops::FOVEA_PASS {

// An activation whose channels lie side by side, in one block that zeros may fill up.
inline bool channels_in_one_block(const TensorSpec& spec) {
  return spec.shape.size() == 4 && spec.block >= spec.shape[1];
}

// conv2d on 16 bits, all activations with their channels last.
inline bool takes_channels_last(const Call& call) {
  const DType type = call.output.dtype;
  return (type == DType::f16 || type == DType::bf16) && channels_in_one_block(call.inputs[0]) &&
         (call.inputs.size() < 4 || channels_last(call.inputs[3])) && call.output.shape[0] > 0;
}

// conv2d_int8, all activations with their channels last.
inline bool bytes_channels_last(const Call& call) {
  return channels_in_one_block(call.inputs[0]) && (call.inputs.size() < 5 || channels_last(call.inputs[4])) &&
         call.output.shape[0] > 0;
}

// Weights [k, c, r, s] as [k, r, s, channels], zeros from c on.
struct WeightsChannelsLast {
  View<const std::uint16_t, 4> x;
  View<std::uint16_t, 4> y;
  FOVEA_HD void operator()(Index k, Index r, Index s, Index c) const {
    y(k, r, s, c) = c < x.extent[1] ? x(k, c, r, s) : std::uint16_t{0};
  }
};

inline void put_channels_last(Queue queue, const Array& weight, const Array& to) {
  const WeightsChannelsLast body{view<const std::uint16_t, 4>(weight), view<std::uint16_t, 4>(to)};
  for_each(queue, body.y.extent, body);
}

}  // namespace fovea::ops::FOVEA_PASS
