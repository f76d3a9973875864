#include "ops/cuda_plugin.h"

extern "C" const fovea::ops::CudaPlugin* fovea_cuda_plugin() {
  return nullptr;
}
