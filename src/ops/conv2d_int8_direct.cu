#include "ops/cuda/conv2d_int8_direct.h"

// What tensor cores do not take, depthwise convolutions among it: behind their row.
namespace fovea::ops::cuda {
namespace {

constexpr int behind_tensor_cores = -1;

}  // namespace

void register_conv2d_int8_direct(Registry& r) {
  r.add_row({"conv2d_int8", Device::Kind::cuda, "direct", bytes_channels_last,
             simple_kernel<Conv2dInt8, convolve_bytes_directly>, all_channels, behind_tensor_cores});
}

}  // namespace fovea::ops::cuda
