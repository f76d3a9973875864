#pragma once
#include <cuda_runtime.h>

#include <string>

#include "device/cuda/status.h"
#include "fovea/error.h"

namespace fovea {

// Throws Error(device, device_memory or device_lost) unless the runtime did what was asked; `what` is "kernel: a
// launch".
inline void check_cuda(cudaError_t status, const char* what) {
  if (status == cudaSuccess) return;
  cudaGetLastError();  // it is reported here, not to the next call as well
  const Errc code = status == cudaErrorMemoryAllocation ? Errc::device_memory
                    : is_fatal(status)                  ? Errc::device_lost  // the driver's numbers too
                                                        : Errc::device;
  const std::string text = what;
  const std::size_t colon = text.find(": ") + 2;
  throw Error(code, text.substr(0, colon) + "expected " + text.substr(colon) + ", got " + cudaGetErrorString(status) +
                        " (" + cudaGetErrorName(status) + ")");
}

}  // namespace fovea
