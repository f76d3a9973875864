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

namespace {

std::byte* at(CUdeviceptr address) {
  return reinterpret_cast<std::byte*>(address);
}

CUresult check_end(CUdeviceptr address, std::size_t row_bytes, std::size_t rows, std::size_t pitch, bool device_only) {
  if (rows > 1 && pitch < row_bytes) return CUDA_ERROR_INVALID_VALUE;
  return check_range(address, rows == 0 ? 0 : (rows - 1) * pitch + row_bytes, device_only);
}

}  // namespace

CUresult enqueue_copy(CUstream stream, const Copy& copy, bool to_device, bool from_device, bool peer = false) {
  const auto to = reinterpret_cast<std::uintptr_t>(copy.to), from = reinterpret_cast<std::uintptr_t>(copy.from);
  for (const CUresult status : {check_end(to, copy.row_bytes, copy.rows, copy.to_pitch, to_device),
                                check_end(from, copy.row_bytes, copy.rows, copy.from_pitch, from_device)})
    if (status != CUDA_SUCCESS) return status;
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
  const auto run = [to, value, bytes] { std::memset(fake::at(to), value, bytes); };
  if (stream->capture) {
    CUgraphNode_st* node = fake::add_node(stream, CU_GRAPH_NODE_TYPE_MEMSET);
    node->run = run;
    node->bytes = bytes;
    return CUDA_SUCCESS;
  }
  return fake::enqueue(
      stream,
      {{}, fake::traced(fake::traced_call(), stream->context->device, {cupti::kind_memset, "", 0, 0, bytes}, run)});
}
}
