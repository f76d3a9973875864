#include "device/cuda/status.h"

namespace fovea {

std::string cuda_failure(const CudaFunctions& cu, const char* call, cuda::CUresult status) {
  const char *name = nullptr, *text = nullptr;
  std::string result = std::string(call) + " gave ";
  if (cu.cuGetErrorName(status, &name) == cuda::CUDA_SUCCESS && name != nullptr)
    result += std::string(name) + " (" + std::to_string(status) + ")";
  else
    result += "the driver's error " + std::to_string(status);
  if (cu.cuGetErrorString(status, &text) == cuda::CUDA_SUCCESS && text != nullptr) result += std::string(", ") + text;
  return result;
}

bool is_asynchronous(cuda::CUresult status) {
  switch (status) {
    case cuda::CUDA_ERROR_ECC_UNCORRECTABLE:
    case cuda::CUDA_ERROR_NVLINK_UNCORRECTABLE:
    case cuda::CUDA_ERROR_CONTAINED:
    case cuda::CUDA_ERROR_ILLEGAL_ADDRESS:
    case cuda::CUDA_ERROR_LAUNCH_TIMEOUT:
    case cuda::CUDA_ERROR_ASSERT:
    case cuda::CUDA_ERROR_HARDWARE_STACK_ERROR:
    case cuda::CUDA_ERROR_ILLEGAL_INSTRUCTION:
    case cuda::CUDA_ERROR_MISALIGNED_ADDRESS:
    case cuda::CUDA_ERROR_INVALID_ADDRESS_SPACE:
    case cuda::CUDA_ERROR_INVALID_PC:
    case cuda::CUDA_ERROR_LAUNCH_FAILED:
    case cuda::CUDA_ERROR_TENSOR_MEMORY_LEAK:
    case cuda::CUDA_ERROR_EXTERNAL_DEVICE:
    case cuda::CUDA_ERROR_UNKNOWN:
      return true;
    default:
      return false;
  }
}

bool is_fatal(cuda::CUresult status) {
  switch (status) {
    case cuda::CUDA_ERROR_DEINITIALIZED:
    case cuda::CUDA_ERROR_DEVICE_UNAVAILABLE:
    case cuda::CUDA_ERROR_INVALID_CONTEXT:
    case cuda::CUDA_ERROR_CONTEXT_IS_DESTROYED:
    case cuda::CUDA_ERROR_SYSTEM_NOT_READY:
    case cuda::CUDA_ERROR_MPS_RPC_FAILURE:
    case cuda::CUDA_ERROR_MPS_CLIENT_TERMINATED:
      return true;
    default:
      return is_asynchronous(status);
  }
}

}  // namespace fovea
