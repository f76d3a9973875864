#pragma once
#include <cstdint>
#include <string>

#include "device/cuda/driver_functions.h"

namespace fovea {

// The driver's functions, by their exported names.
struct CudaFunctions {
#define FOVEA_MEMBER(name, parameters) cuda::CUresult(*name) parameters = nullptr;
  FOVEA_CUDA_FUNCTIONS(FOVEA_MEMBER)
#undef FOVEA_MEMBER
};

inline cuda::CUdeviceptr as_address(const void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer);
}

inline constexpr int cuda_driver_floor = 12030;  // CUDA 12.3, the oldest that has all the functions

// What asking the CUDA driver gave.
struct CudaDriver {
  bool library = false;      // it was loaded
  std::string missing = {};  // the function that the library lacks, if one
  int init_error = 0;        // of cuInit
  int count_error = 0;       // of cuDeviceGetCount
  int devices = 0;
  int version = cuda_driver_floor;
  std::string path = {};  // what was loaded in place of libcuda.so.1, if something
  CudaFunctions functions = {};
};

// Loads the driver's library once and asks it. The library is libcuda.so.1, or what the environment variable
// FOVEA_CUDA_DRIVER names. Thread-safe.
const CudaDriver& cuda_driver();

// Why device `index` cannot be used with this answer, or an empty string when it can. `visible`: CUDA_VISIBLE_DEVICES,
// or nullptr when it is not set.
std::string cuda_reason(const CudaDriver& driver, int index, const char* visible);

// Whether this process was forked off after cuda_driver() had initialised the driver, which does not survive that.
bool forked_after_cuda();

}  // namespace fovea
