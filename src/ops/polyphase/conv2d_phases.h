#pragma once
#include "ops/op.h"
#include "ops/winograd/phases.h"
#include "ops/winograd/weights.h"

// 7x7 windows of stride 2 over a picture's few channels, as networks begin: F(3x3, 4x4) over the picture's four phases,
// 48 products a channel and output instead of 147.
namespace fovea::ops::cpu::polyphase {

inline constexpr int window = 7, half_window = 4;

// For `rows` rows of one picture's output from row `first` on, which may be -1.
winograd::Phases phases(const Call&, Index first, Index rows);
winograd::Geometry geometry(const Call&, Index rows);

Array weights(const Call&, Index group);

// With the 3x3 maxima of stride 2 behind it, strip by strip, so that the convolution's result is never written out.
std::unique_ptr<Kernel> prepare_pooled(const Call&, const Call& pool);

}  // namespace fovea::ops::cpu::polyphase
