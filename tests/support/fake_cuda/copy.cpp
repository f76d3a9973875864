#include <cstring>

#include "device/cuda/cupti_functions.h"
#include "support/fake_cuda/cupti.h"

namespace cupti = fovea::cupti;
using namespace fovea::cuda;

namespace fovea::cuda::fake {

void run(const Copy& copy) {
  for (std::size_t row = 0; row < copy.rows; ++row)
    std::memcpy(copy.to + row * copy.to_pitch, copy.from + row * copy.from_pitch, copy.row_bytes);
  State& s = state();
  const Lock lock(s.mutex);
  if (s.flip_in > 1)
    --s.flip_in;
  else if (s.flip_in == 1 && copy.row_bytes > 0)
    copy.to[s.flipped++ % copy.row_bytes] ^= std::byte{1};
}

void run(const CUDA_MEMSET_NODE_PARAMS& fill) {
  for (std::size_t row = 0; row < fill.height; ++row)
    for (std::size_t i = 0; i < fill.width; ++i)
      std::memcpy(reinterpret_cast<std::byte*>(fill.dst) + row * fill.pitch + i * fill.elementSize, &fill.value,
                  fill.elementSize);
}

namespace {

std::byte* at(CUdeviceptr address) {
  return reinterpret_cast<std::byte*>(address);
}

CUresult check_end(CUdeviceptr address, std::size_t row_bytes, std::size_t rows, std::size_t pitch, bool device_only) {
  if (rows > 1 && pitch < row_bytes) return CUDA_ERROR_INVALID_VALUE;
  return check_range(address, rows == 0 ? 0 : (rows - 1) * pitch + row_bytes, device_only);
}

}  // namespace

CUresult check_copy(const Copy& copy, bool to_device, bool from_device) {
  const auto to = reinterpret_cast<std::uintptr_t>(copy.to), from = reinterpret_cast<std::uintptr_t>(copy.from);
  const CUresult status = check_end(to, copy.row_bytes, copy.rows, copy.to_pitch, to_device);
  return status != CUDA_SUCCESS ? status : check_end(from, copy.row_bytes, copy.rows, copy.from_pitch, from_device);
}

CUresult enqueue_copy(CUstream stream, const Copy& copy, bool to_device, bool from_device, bool peer = false) {
  const auto to = reinterpret_cast<std::uintptr_t>(copy.to), from = reinterpret_cast<std::uintptr_t>(copy.from);
  if (const CUresult status = check_copy(copy, to_device, from_device); status != CUDA_SUCCESS) return status;
  if (stream->capture) {
    add_node(stream, CU_GRAPH_NODE_TYPE_MEMCPY)->copy = copy;
    return CUDA_SUCCESS;
  }
  const unsigned kind = peer ? cupti::kind_memcpy_peer : cupti::kind_memcpy;
  return enqueue(stream, {{},
                          traced(traced_call(), stream->context->device,
                                 {kind, "", to, from, copy.row_bytes * copy.rows}, [copy] { run(copy); })});
}

}  // namespace fovea::cuda::fake

extern "C" {

CUresult cuMemcpyAsync(CUdeviceptr to, CUdeviceptr from, std::size_t bytes, CUstream stream) {
  FAKE_ENTER_CONTEXT();
  return fake::enqueue_copy(stream, {fake::at(to), fake::at(from), bytes, 1, 0, 0}, false, false);
}

CUresult cuMemcpyPeerAsync(CUdeviceptr to, CUcontext, CUdeviceptr from, CUcontext, std::size_t bytes, CUstream stream) {
  FAKE_ENTER_CONTEXT();
  return fake::enqueue_copy(stream, {fake::at(to), fake::at(from), bytes, 1, 0, 0}, true, true, true);
}

CUresult cuMemcpy2DAsync_v2(const CUDA_MEMCPY2D* c, CUstream stream) {
  FAKE_ENTER_CONTEXT();
  const bool from_device = c->srcMemoryType == CU_MEMORYTYPE_DEVICE,
             to_device = c->dstMemoryType == CU_MEMORYTYPE_DEVICE;
  const Copy copy{to_device ? fake::at(c->dstDevice) : static_cast<std::byte*>(c->dstHost),
                  from_device ? fake::at(c->srcDevice) : static_cast<const std::byte*>(c->srcHost),
                  c->WidthInBytes,
                  c->Height,
                  c->dstPitch,
                  c->srcPitch};
  return fake::enqueue_copy(stream, copy, to_device, from_device);
}

CUresult cuMemsetD8Async(CUdeviceptr to, unsigned char value, std::size_t bytes, CUstream stream) {
  FAKE_ENTER_CONTEXT();
  if (const CUresult status = fake::check_range(to, bytes, true); status != CUDA_SUCCESS) return status;
  const CUDA_MEMSET_NODE_PARAMS fill{to, 0, value, 1, bytes, 1};
  if (stream->capture) {
    fake::add_node(stream, CU_GRAPH_NODE_TYPE_MEMSET)->fill = fill;
    return CUDA_SUCCESS;
  }
  const auto run = [fill] { fake::run(fill); };
  return fake::enqueue(
      stream,
      {{}, fake::traced(fake::traced_call(), stream->context->device, {cupti::kind_memset, "", 0, 0, bytes}, run)});
}
}
