#include "ops/cuda/quantize_padded.h"

// A network's pictures as its first convolution of bytes wants them.
namespace fovea::ops::cuda {

void register_quantize_padded(Registry& r) {
  r.add_row({"quantize", Device::Kind::cuda, "padded", quantizes_padded, simple_kernel<Quantize, quantize_padded>,
             padded_picture_block});
}

}  // namespace fovea::ops::cuda
