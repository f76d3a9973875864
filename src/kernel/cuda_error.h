#pragma once
#include <cuda_runtime.h>

#include <string>

#include "fovea/error.h"

namespace fovea {

// Whether nothing can be computed on the device by this process after the error.
inline bool lost_to(cudaError_t status) {
  switch (status) {
    case cudaErrorIllegalAddress:
    case cudaErrorMisalignedAddress:
    case cudaErrorIllegalInstruction:
    case cudaErrorInvalidAddressSpace:
    case cudaErrorInvalidPc:
    case cudaErrorHardwareStackError:
    case cudaErrorLaunchFailure:
    case cudaErrorLaunchTimeout:
    case cudaErrorAssert:
    case cudaErrorECCUncorrectable:
      return true;
    default:
      return false;
  }
}

// Throws Error(device, device_memory or device_lost) unless the runtime did what was asked; `what` is "kernel: a
// launch".
inline void check_cuda(cudaError_t status, const char* what) {
  if (status == cudaSuccess) return;
  cudaGetLastError();  // it is reported here, not to the next call as well
  const Errc code = status == cudaErrorMemoryAllocation ? Errc::device_memory
                    : lost_to(status)                   ? Errc::device_lost
                                                        : Errc::device;
  const std::string text = what;
  const std::size_t colon = text.find(": ") + 2;
  throw Error(code, text.substr(0, colon) + "expected " + text.substr(colon) + ", got " + cudaGetErrorString(status) +
                        " (" + cudaGetErrorName(status) + ")");
}

}  // namespace fovea
