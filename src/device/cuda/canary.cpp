#include "device/cuda/canary.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "device/cuda/canary_kernel.h"
#include "device/cuda/status.h"

namespace fovea {
namespace {

constexpr std::size_t bytes = 4096;

// Other bytes at each round, so that those of the last do not pass.
std::byte expected(std::size_t i, unsigned round) {
  return static_cast<std::byte>((i * 167 + round * 89) >> 3);
}

bool cannot_compile(cuda::CUresult status) {
  switch (status) {
    case cuda::CUDA_ERROR_NO_BINARY_FOR_GPU:
    case cuda::CUDA_ERROR_INVALID_PTX:
    case cuda::CUDA_ERROR_JIT_COMPILER_NOT_FOUND:
    case cuda::CUDA_ERROR_UNSUPPORTED_PTX_VERSION:
    case cuda::CUDA_ERROR_JIT_COMPILATION_DISABLED:
      return true;
    default:
      return false;
  }
}

std::string hexadecimal(std::uint32_t word) {
  std::string text = "0x";
  for (int shift = 28; shift >= 0; shift -= 4) text += "0123456789abcdef"[word >> shift & 15];
  return text;
}

}  // namespace

CudaCanary::CudaCanary(CudaDevice& device) : device_(device) {
  try {
    device_.run(&CudaFunctions::cuStreamCreateWithPriority, &stream_, unsigned{cuda::CU_STREAM_NON_BLOCKING}, 0);
    device_.run(&CudaFunctions::cuMemAlloc_v2, &there_, bytes);
    here_ = static_cast<std::byte*>(device_.pinned_memory()->allocate(bytes));
    load();
  } catch (...) {
    release();
    throw;
  }
}

CudaCanary::~CudaCanary() {
  release();
}

void CudaCanary::release() noexcept {
  if (module_ != nullptr) device_.release(&CudaFunctions::cuModuleUnload, module_);
  if (stream_ != nullptr) device_.release(&CudaFunctions::cuStreamDestroy_v2, stream_);
  if (there_ != 0) device_.release(&CudaFunctions::cuMemFree_v2, there_);
  if (here_ != nullptr) device_.pinned_memory()->deallocate(here_, bytes);
}

void CudaCanary::load() {
  const cuda::CUresult status =
      device_.status_of(&CudaFunctions::cuModuleLoadDataEx, &module_, static_cast<const void*>(fovea_canary_kernel), 0u,
                        static_cast<unsigned*>(nullptr), static_cast<void**>(nullptr));
  if (cannot_compile(status)) {
    module_ = nullptr;
    unchecked_ = cuda_failure(device_.functions(), "cuModuleLoadDataEx", status);
    return;
  }
  device_.check(status, "cuModuleLoadDataEx");
  device_.run(&CudaFunctions::cuModuleGetFunction, &kernel_, module_, "fovea_canary");
  cuda::CUdevice number = 0;
  int multiprocessors = 0;
  device_.run(&CudaFunctions::cuDeviceGet, &number, device_.device().index);
  device_.run(&CudaFunctions::cuDeviceGetAttribute, &multiprocessors,
              unsigned{cuda::CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT}, number);
  blocks_ = static_cast<unsigned>(std::clamp(multiprocessors, 1, static_cast<int>(bytes / sizeof(CanaryResult))));
}

void CudaCanary::wrong(const std::string& what) const {
  throw Error(Errc::device_lost,
              device_.device().name() + ": self-check: expected " + what + "; its results cannot be trusted");
}

void CudaCanary::copy(cuda::CUdeviceptr to, cuda::CUdeviceptr from, std::size_t count) {
  device_.run(&CudaFunctions::cuMemcpyAsync, to, from, count, stream_);
  device_.wait(stream_, "self-check");
}

void CudaCanary::check_copies() {
  for (std::size_t i = 0; i < bytes; ++i) here_[i] = expected(i, round_);
  copy(there_, as_address(here_), bytes);
  std::fill_n(here_, bytes, std::byte{});
  copy(as_address(here_), there_, bytes);
  for (std::size_t i = 0; i < bytes; ++i)
    if (here_[i] != expected(i, round_))
      wrong("the bytes sent to it to come back, got others from byte " + std::to_string(i) + " on");
}

void CudaCanary::check_arithmetic() {
  std::uint32_t seed = round_;
  void* parameters[] = {&there_, &seed};
  device_.run(&CudaFunctions::cuLaunchKernel, kernel_, blocks_, 1u, 1u, canary_lanes, 1u, 1u, 0u, stream_,
              static_cast<void**>(parameters), static_cast<void**>(nullptr));
  copy(as_address(here_), there_, blocks_ * sizeof(CanaryResult));
  const std::uint32_t digest = canary_digest(seed);
  for (std::size_t block = 0; block < blocks_; ++block) {
    CanaryResult result{};
    std::memcpy(&result, here_ + block * sizeof result, sizeof result);
    if (result.digest != digest)
      wrong("its arithmetic to give " + hexadecimal(digest) + ", got " + hexadecimal(result.digest) +
            " from multiprocessor " + std::to_string(result.multiprocessor));
  }
}

void CudaCanary::check() noexcept {
  try {
    ++round_;
    check_copies();
    if (kernel_ != nullptr) check_arithmetic();
  } catch (const std::exception& error) {
    device_.lose(Error(Errc::device_lost, error.what()));
  }
}

}  // namespace fovea
