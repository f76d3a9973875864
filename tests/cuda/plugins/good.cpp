#include "ops/cuda_plugin.h"

extern "C" const fovea::ops::CudaPlugin* fovea_cuda_plugin() {
  static const fovea::ops::CudaPlugin plugin{fovea::ops::cuda_plugin_build, [](fovea::ops::Registry&) {},
                                             [] { return "a library of the test"; }};
  return &plugin;
}
