#include "ops/cuda/cublaslt.h"
#include "ops/cuda/cufft.h"
#include "ops/cuda_plugin.h"
#if __has_include(<cudnn.h>)
#include "ops/cuda/cudnn.h"
#endif

namespace fovea::ops {

namespace cuda {
#define X(stem) void register_##stem(Registry&);
#include "cuda_leaves.inc"
#undef X
}  // namespace cuda

namespace {

void register_rows(Registry& r) {
#define X(stem) cuda::register_##stem(r);
#include "cuda_leaves.inc"
#undef X
}

const char* libraries() {
  static const std::string text = cuda::CublasLt::get().description + "; " + cuda::Cufft::get().description + "; "
#if __has_include(<cudnn.h>)
                                  + cuda::Cudnn::get().description;
#else
                                  + "cuDNN: not built in";
#endif
  return text.c_str();
}

}  // namespace
}  // namespace fovea::ops

extern "C" __attribute__((visibility("default"))) const fovea::ops::CudaPlugin* fovea_cuda_plugin() {
  static const fovea::ops::CudaPlugin plugin{fovea::ops::cuda_plugin_build, fovea::ops::register_rows,
                                             fovea::ops::libraries};
  return &plugin;
}
