#pragma once
#include <string>

namespace fovea {

// What asking the CUDA driver gave.
struct CudaDriver {
  bool library = false;  // libcuda.so.1 was found
  std::string missing;   // the function that the library lacks, if one
  int init_error = 0;    // of cuInit
  int count_error = 0;   // of cuDeviceGetCount
  int devices = 0;
};

// Loads the driver's library once and asks it. Thread-safe.
const CudaDriver& cuda_driver();

// Why device `index` cannot be used with this answer. `visible`: CUDA_VISIBLE_DEVICES, or nullptr when it is not set.
std::string cuda_reason(const CudaDriver& driver, int index, const char* visible);

}  // namespace fovea
