#pragma once
#include <string>

#include "device/cuda/driver.h"

namespace fovea {

// "cuMemAlloc_v2 gave CUDA_ERROR_OUT_OF_MEMORY (2), out of memory": by the driver's own names.
std::string cuda_failure(const CudaFunctions&, const char* call, cuda::CUresult);

// Statuses after which the context gives no results: whatever is called next fails too.
bool is_fatal(cuda::CUresult);
// Fatal statuses that tell of work that ran, not of the call that returned them.
bool is_asynchronous(cuda::CUresult);

}  // namespace fovea
