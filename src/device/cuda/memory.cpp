#include "device/cuda/memory.h"

#include <cstdint>

#include "device/cuda/stream.h"
#include "device/profiler.h"

namespace fovea {
namespace {

void* as_pointer(cuda::CUdeviceptr address) {
  return reinterpret_cast<void*>(static_cast<std::uintptr_t>(address));
}

// Null for a stream of another device, or of the CPU.
CudaStream* stream_of(const CudaDevice& device, const Stream& stream) {
  return stream.device() == device.device() ? static_cast<CudaStream*>(stream.backend().get()) : nullptr;
}

}  // namespace

void* CudaMemory::allocate(std::size_t bytes) {
  if (bytes == 0) return nullptr;
  cuda::CUdeviceptr block = 0;
  const profiler::Scope span(Activity::allocation, "device memory", {}, bytes);
  device_.run(&CudaFunctions::cuMemAlloc_v2, &block, bytes);
  return as_pointer(block);
}

void CudaMemory::deallocate(void* pointer, std::size_t) noexcept {
  if (pointer != nullptr) device_.release(&CudaFunctions::cuMemFree_v2, as_address(pointer));
}

CudaAsyncMemory::CudaAsyncMemory(CudaDevice& device) : device_(device) {
  device_.run(&CudaFunctions::cuStreamCreateWithPriority, &own_, unsigned{cuda::CU_STREAM_NON_BLOCKING}, 0);
}

CudaAsyncMemory::~CudaAsyncMemory() {
  device_.release(&CudaFunctions::cuStreamDestroy_v2, own_);
}

void* CudaAsyncMemory::allocate(std::size_t bytes) {
  if (bytes == 0) return nullptr;
  cuda::CUdeviceptr block = 0;
  device_.run(&CudaFunctions::cuMemAllocAsync, &block, bytes, own_);
  try {
    device_.wait(own_, "allocate");
  } catch (...) {
    device_.release(&CudaFunctions::cuMemFreeAsync, block, own_);
    throw;
  }
  return as_pointer(block);
}

void CudaAsyncMemory::deallocate(void* pointer, std::size_t) noexcept {
  if (pointer != nullptr) device_.release(&CudaFunctions::cuMemFreeAsync, as_address(pointer), own_);
}

void* CudaAsyncMemory::allocate_async(std::size_t bytes, const Stream& stream) {
  CudaStream* on = stream_of(device_, stream);
  if (bytes == 0 || on == nullptr || on->is_recording()) return allocate(bytes);
  cuda::CUdeviceptr block = 0;
  device_.run(&CudaFunctions::cuMemAllocAsync, &block, bytes, on->handle());
  return as_pointer(block);
}

void CudaAsyncMemory::deallocate_async(void* pointer, std::size_t bytes, const Stream& stream) noexcept {
  CudaStream* on = stream_of(device_, stream);
  if (pointer == nullptr) return;
  if (on == nullptr || on->is_recording()) return Memory::deallocate_async(pointer, bytes, stream);
  device_.release(&CudaFunctions::cuMemFreeAsync, as_address(pointer), on->handle());
}

void* CudaPinnedMemory::allocate(std::size_t bytes) {
  if (bytes == 0) return nullptr;
  const profiler::Scope span(Activity::allocation, "page-locked memory", {}, bytes);
  void* block = nullptr;
  try {
    device_.run(&CudaFunctions::cuMemHostAlloc, &block, bytes, unsigned{cuda::mem_host_alloc_portable});
    return block;
  } catch (const Error& error) {
    if (error.code() != Errc::device_memory && error.code() != Errc::device) throw;
  }
  device_.count_pinned_failure();
  block = host_memory()->allocate(bytes);
  const std::lock_guard lock(mutex_);
  pageable_.insert(block);
  return block;
}

void CudaPinnedMemory::deallocate(void* pointer, std::size_t bytes) noexcept {
  if (pointer == nullptr) return;
  bool pageable = false;
  {
    const std::lock_guard lock(mutex_);
    pageable = pageable_.erase(pointer) != 0;
  }
  if (pageable)
    host_memory()->deallocate(pointer, bytes);
  else
    device_.release(&CudaFunctions::cuMemFreeHost, pointer);
}

namespace {

CudaDevice& cuda_device(const char* where, Device device) {
  if (device.kind != Device::Kind::cuda)
    throw Error(Errc::invalid_argument, std::string(where) + ": expected a CUDA device, got " + device.name());
  return static_cast<CudaDevice&>(backend(device));
}

}  // namespace

std::shared_ptr<Memory> cuda_memory(Device device) {
  return cuda_device("cuda_memory", device).raw_memory();
}

std::shared_ptr<Memory> cuda_async_memory(Device device) {
  if (const auto& memory = cuda_device("cuda_async_memory", device).async_memory()) return memory;
  throw Error(Errc::unsupported, "cuda_async_memory: expected a driver with memory pools, got one without for " +
                                     device.name() + "; use device_memory()");
}

}  // namespace fovea
