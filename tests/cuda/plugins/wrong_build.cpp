#include "ops/cuda_plugin.h"

extern "C" const fovea::ops::CudaPlugin* fovea_cuda_plugin() {
  static const fovea::ops::CudaPlugin plugin{"fovea 0.0.9, layout\n7", nullptr, nullptr};
  return &plugin;
}
