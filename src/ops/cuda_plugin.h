#pragma once
#include "ops/op.h"

namespace fovea::ops {

// What libfovea_cuda.so exports as `extern "C" const CudaPlugin* fovea_cuda_plugin()`. The plug-in is a build of the
// same sources as the program that opens it, and `build` says so: C++ types cross the border.
struct CudaPlugin {
  const char* build;  // cuda_plugin_build of the sources it was made of
  void (*register_rows)(Registry&);
  const char* (*libraries)();  // "cuBLASLt 13.1; cuDNN: libcudnn.so.9 not found": what its tuned rows found, for people
};
using GetCudaPlugin = const CudaPlugin*();

// To be raised when anything changes that the plug-in and the program share.
inline constexpr const char* cuda_plugin_build = "fovea 0.1.0, layout 1";

}  // namespace fovea::ops
