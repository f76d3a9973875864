#include "ops/cuda/cast_padded.h"

// A network's pictures as its first convolution on 16 bits wants them.
namespace fovea::ops::cuda {

void register_cast_padded(Registry& r) {
  r.add_row({"cast", Device::Kind::cuda, "padded", casts_padded, simple_kernel<Cast, cast_padded>, padded_block});
}

}  // namespace fovea::ops::cuda
