#include "ops/cuda/conv2d_direct.h"

// What cuDNN has no engine for, depthwise convolutions on bf16 among it: behind its rows.
namespace fovea::ops::cuda {
namespace {

constexpr int behind_libraries = -1;

}  // namespace

void register_conv2d_direct(Registry& r) {
  r.add_row({"conv2d", Device::Kind::cuda, "direct", takes_channels_last, simple_kernel<Conv2d, convolve_directly>,
             all_channels, behind_libraries});
}

}  // namespace fovea::ops::cuda
