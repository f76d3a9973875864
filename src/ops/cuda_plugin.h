#pragma once
#include <filesystem>

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
inline constexpr const char* cuda_plugin_build = "fovea 0.1.0, layout 2";

// The plug-in, or one line that says why there is none.
struct OpenedCudaPlugin {
  const CudaPlugin* plugin = nullptr;
  std::filesystem::path path;
  std::string reason;
};
// The first of the files that is there is opened, and stays so. Throws nothing.
OpenedCudaPlugin open_cuda_plugin(std::span<const std::filesystem::path> places);
// FOVEA_CUDA_PLUGIN if set, else beside the program and in ../lib.
std::vector<std::filesystem::path> cuda_plugin_places();

// Adds the plug-in's rows, if the driver has a device and there is a plug-in. Called once, for registry().
void register_cuda_rows(Registry&);
}  // namespace fovea::ops
