#include "ops/cuda/resize_kernel.h"

// Scaling of bytes in one launch.
namespace fovea::ops::cuda {
namespace {

std::unique_ptr<Kernel> prepare(const Call& call) {
  return std::make_unique<TiledResize>(call);
}

}  // namespace

void register_resize_tiled(Registry& r) {
  r.add_row({"resize", Device::Kind::cuda, "tiled", resizes_tiled, prepare});
}

}  // namespace fovea::ops::cuda
