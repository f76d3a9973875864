#include "device/cuda/canary.h"

#include <algorithm>
#include <cstdint>

namespace fovea {
namespace {

constexpr std::size_t bytes = 4096;

// Other bytes at each round, so that those of the last do not pass.
std::byte expected(std::size_t i, unsigned round) {
  return static_cast<std::byte>((i * 167 + round * 89) >> 3);
}

}  // namespace

CudaCanary::CudaCanary(CudaDevice& device) : device_(device) {
  try {
    device_.run(&CudaFunctions::cuStreamCreateWithPriority, &stream_, unsigned{cuda::CU_STREAM_NON_BLOCKING}, 0);
    device_.run(&CudaFunctions::cuMemAlloc_v2, &there_, bytes);
    here_ = static_cast<std::byte*>(device_.pinned_memory()->allocate(bytes));
  } catch (...) {
    release();
    throw;
  }
}

CudaCanary::~CudaCanary() {
  release();
}

void CudaCanary::release() noexcept {
  if (stream_ != nullptr) device_.release(&CudaFunctions::cuStreamDestroy_v2, stream_);
  if (there_ != 0) device_.release(&CudaFunctions::cuMemFree_v2, there_);
  if (here_ != nullptr) device_.pinned_memory()->deallocate(here_, bytes);
}

void CudaCanary::check() noexcept {
  try {
    ++round_;
    for (std::size_t i = 0; i < bytes; ++i) here_[i] = expected(i, round_);
    const auto here = reinterpret_cast<std::uintptr_t>(here_);
    device_.run(&CudaFunctions::cuMemcpyAsync, there_, cuda::CUdeviceptr{here}, bytes, stream_);
    device_.wait(stream_, "self-check");
    std::fill_n(here_, bytes, std::byte{});
    device_.run(&CudaFunctions::cuMemcpyAsync, cuda::CUdeviceptr{here}, there_, bytes, stream_);
    device_.wait(stream_, "self-check");
    for (std::size_t i = 0; i < bytes; ++i)
      if (here_[i] != expected(i, round_))
        throw Error(Errc::device_lost, device_.device().name() +
                                           ": self-check: expected the bytes sent to it to come back, got others "
                                           "from byte " +
                                           std::to_string(i) + " on; its results cannot be trusted");
  } catch (const std::exception& error) {
    device_.lose(Error(Errc::device_lost, error.what()));
  }
}

}  // namespace fovea
