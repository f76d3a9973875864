#include "ops/cuda/correlate_tile.h"

// Correlations with small kernels from tiles in shared memory.
namespace fovea::ops::cuda {

void register_correlate2d_tiled(Registry& r) {
  r.add_row(
      {"correlate2d", Device::Kind::cuda, "tiled", correlates_tiled, simple_kernel<Correlate, correlate_tiled<false>>});
  r.add_row(
      {"convolve2d", Device::Kind::cuda, "tiled", correlates_tiled, simple_kernel<Correlate, correlate_tiled<true>>});
}

}  // namespace fovea::ops::cuda
