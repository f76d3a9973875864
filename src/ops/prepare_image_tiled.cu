#include "ops/cuda/prepare_image_kernel.h"

// Scaling, cropping and normalisation in one launch.
namespace fovea::ops::cuda {
namespace {

std::unique_ptr<Kernel> prepare(const Call& call) {
  return std::make_unique<TiledPrepareImage>(call);
}

}  // namespace

void register_prepare_image_tiled(Registry& r) {
  r.add_row({"prepare_image", Device::Kind::cuda, "tiled", prepares_tiled, prepare});
}

}  // namespace fovea::ops::cuda
