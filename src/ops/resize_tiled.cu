#include "ops/cuda/resize_kernels.h"

// Scaling of bytes in one launch, for pictures and, with the normalisation, for networks.
namespace fovea::ops::cuda {
namespace {

std::unique_ptr<Kernel> prepare_resize_tiled(const Call& call) {
  return std::make_unique<TiledResize>(call);
}
std::unique_ptr<Kernel> prepare_image_tiled(const Call& call) {
  return std::make_unique<TiledPrepareImage>(call);
}

}  // namespace

void register_resize_tiled(Registry& r) {
  r.add_row({"resize", Device::Kind::cuda, "tiled", resizes_tiled, prepare_resize_tiled});
  r.add_row({"prepare_image", Device::Kind::cuda, "tiled", prepares_tiled, prepare_image_tiled});
}

}  // namespace fovea::ops::cuda
