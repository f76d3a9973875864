#include "device/cuda/copy.h"

namespace fovea {
namespace {

bool is_host(Device device) {
  return device.kind == Device::Kind::cpu;
}

cuda::CUcontext context_of(Device device) {
  return cuda_backend(device.index).context();
}

// Works for 2-D and 3-D parameters alike: their members have the same names.
template <class Copy>
Copy places(const Transfer& t) {
  Copy copy{};
  if (is_host(t.from_device)) {
    copy.srcMemoryType = cuda::CU_MEMORYTYPE_HOST;
    copy.srcHost = t.from;
  } else {
    copy.srcMemoryType = cuda::CU_MEMORYTYPE_DEVICE;
    copy.srcDevice = as_address(t.from);
  }
  if (is_host(t.to_device)) {
    copy.dstMemoryType = cuda::CU_MEMORYTYPE_HOST;
    copy.dstHost = t.to;
  } else {
    copy.dstMemoryType = cuda::CU_MEMORYTYPE_DEVICE;
    copy.dstDevice = as_address(t.to);
  }
  copy.srcPitch = t.rows == 1 ? t.row_bytes : t.from_pitch;
  copy.dstPitch = t.rows == 1 ? t.row_bytes : t.to_pitch;
  copy.WidthInBytes = t.row_bytes;
  copy.Height = t.rows;
  return copy;
}

// The driver has no call for rows between two devices but a 3-D one, which copies no faster.
void enqueue_peer_copy(CudaDevice& device, cuda::CUstream stream, const Transfer& t) {
  const Device other = t.to_device == device.device() ? t.from_device : t.to_device;
  device.enable_peer(cuda_backend(other.index));
  for (std::size_t row = 0; row < t.rows; ++row)
    device.run(&CudaFunctions::cuMemcpyPeerAsync, as_address(t.to + row * t.to_pitch), context_of(t.to_device),
               as_address(t.from + row * t.from_pitch), context_of(t.from_device), t.row_bytes, stream);
}

}  // namespace

void enqueue_copy(CudaDevice& device, cuda::CUstream stream, const Transfer& t) {
  if (!is_host(t.to_device) && !is_host(t.from_device) && t.to_device != t.from_device)
    return enqueue_peer_copy(device, stream, t);
  if (t.rows == 1)
    return device.run(&CudaFunctions::cuMemcpyAsync, as_address(t.to), as_address(t.from), t.row_bytes, stream);
  const auto copy = places<cuda::CUDA_MEMCPY2D>(t);
  device.run(&CudaFunctions::cuMemcpy2DAsync_v2, &copy, stream);
}

bool is_pageable(CudaDevice& device, const void* pointer) {
  unsigned type = 0;
  const cuda::CUresult status = device.status_of(&CudaFunctions::cuPointerGetAttribute, static_cast<void*>(&type),
                                                 unsigned{cuda::CU_POINTER_ATTRIBUTE_MEMORY_TYPE},
                                                 cuda::CUdeviceptr{reinterpret_cast<std::uintptr_t>(pointer)});
  if (status == cuda::CUDA_ERROR_INVALID_VALUE) return true;
  device.check(status, "cuPointerGetAttribute");
  return false;
}

cuda::CUDA_MEMCPY3D as_copy_node(const Transfer& t) {
  auto copy = places<cuda::CUDA_MEMCPY3D>(t);
  copy.Depth = 1;
  copy.srcHeight = copy.dstHeight = t.rows;
  return copy;
}

}  // namespace fovea
