#include "device/cuda/staging.h"

#include <algorithm>

#include "device/cpu/transfer.h"
#include "device/cuda/copy.h"

namespace fovea {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{4} << 20;

Transfer rows_of(const Transfer& t, std::size_t first, std::size_t count) {
  Transfer part = t;
  part.to += first * t.to_pitch;
  part.from += first * t.from_pitch;
  part.rows = count;
  return part;
}

Transfer bytes_of(const Transfer& row, std::size_t first, std::size_t count) {
  Transfer part = row;
  part.to += first;
  part.from += first;
  part.row_bytes = count;
  return part;
}

}  // namespace

std::shared_ptr<CudaStaging> CudaStaging::make(CudaDevice& device, int priority) {
  std::shared_ptr<CudaStaging> staging(new CudaStaging(device));
  for (Buffer& buffer : staging->buffers_) {
    void* bytes = nullptr;
    const cuda::CUresult status =
        device.status_of(&CudaFunctions::cuMemHostAlloc, &bytes, buffer_bytes, unsigned{cuda::mem_host_alloc_portable});
    if (status == cuda::CUDA_ERROR_OUT_OF_MEMORY) {
      device.count_pinned_failure();
      return nullptr;
    }
    device.check(status, "cuMemHostAlloc");
    buffer.bytes = static_cast<std::byte*>(bytes);
    device.run(&CudaFunctions::cuEventCreate, &buffer.full, unsigned{cuda::CU_EVENT_DISABLE_TIMING});
    device.run(&CudaFunctions::cuEventCreate, &buffer.empty, unsigned{cuda::CU_EVENT_DISABLE_TIMING});
  }
  device.run(&CudaFunctions::cuEventCreate, &staging->begin_, unsigned{cuda::CU_EVENT_DISABLE_TIMING});
  device.run(&CudaFunctions::cuStreamCreateWithPriority, &staging->host_, unsigned{cuda::CU_STREAM_NON_BLOCKING},
             priority);
  return staging;
}

CudaStaging::~CudaStaging() {
  if (host_ != nullptr) device_.release(&CudaFunctions::cuStreamDestroy_v2, host_);
  if (begin_ != nullptr) device_.release(&CudaFunctions::cuEventDestroy_v2, begin_);
  for (const Buffer& buffer : buffers_) {
    if (buffer.full != nullptr) device_.release(&CudaFunctions::cuEventDestroy_v2, buffer.full);
    if (buffer.empty != nullptr) device_.release(&CudaFunctions::cuEventDestroy_v2, buffer.empty);
    if (buffer.bytes != nullptr) device_.release(&CudaFunctions::cuMemFreeHost, static_cast<void*>(buffer.bytes));
  }
}

void CudaStaging::wait() {
  device_.wait(host_, "copy of pageable memory");
}

void CudaStaging::order(cuda::CUstream before, cuda::CUevent event, cuda::CUstream after) {
  device_.run(&CudaFunctions::cuEventRecord, event, before);
  device_.run(&CudaFunctions::cuStreamWaitEvent, after, event, 0u);
}

void CudaStaging::on_host(const Transfer& t, const std::shared_ptr<CudaFailureTarget>& target) {
  enqueue(device_, host_, {device_.device(), "copy pageable memory", [t] { fovea::run(t); }, target});
}

// Leaves the stream behind the piece's last step, so that what comes next on it may use either end.
void CudaStaging::copy_piece(cuda::CUstream stream, const Transfer& t,
                             const std::shared_ptr<CudaFailureTarget>& target) {
  const Buffer& buffer = buffers_[next_++ % buffers_.size()];
  Transfer in = t, out = t;
  in.to = buffer.bytes;
  out.from = buffer.bytes;
  in.to_pitch = out.from_pitch = t.row_bytes;
  in.to_device = out.from_device = Device::cpu();
  if (t.from_device.kind == Device::Kind::cpu) {
    device_.run(&CudaFunctions::cuStreamWaitEvent, host_, buffer.empty, 0u);
    on_host(in, target);
    order(host_, buffer.full, stream);
    enqueue_copy(device_, stream, out);
    device_.run(&CudaFunctions::cuEventRecord, buffer.empty, stream);
  } else {
    device_.run(&CudaFunctions::cuStreamWaitEvent, stream, buffer.empty, 0u);
    enqueue_copy(device_, stream, in);
    order(stream, buffer.full, host_);
    on_host(out, target);
    device_.run(&CudaFunctions::cuEventRecord, buffer.empty, host_);
  }
}

void CudaStaging::copy(cuda::CUstream stream, const Transfer& t, const std::shared_ptr<CudaFailureTarget>& target) {
  order(stream, begin_, host_);  // earlier work of the stream may make what is copied
  if (t.row_bytes > buffer_bytes) {
    for (std::size_t row = 0; row < t.rows; ++row)
      for (std::size_t at = 0; at < t.row_bytes; at += buffer_bytes) {
        const Transfer one = t.rows == 1 ? t : rows_of(t, row, 1);
        copy_piece(stream, bytes_of(one, at, std::min(buffer_bytes, t.row_bytes - at)), target);
      }
  } else {
    const std::size_t rows = buffer_bytes / t.row_bytes;
    for (std::size_t row = 0; row < t.rows; row += rows)
      copy_piece(stream, t.rows == 1 ? t : rows_of(t, row, std::min(rows, t.rows - row)), target);
  }
  for (const Buffer& buffer : buffers_) device_.run(&CudaFunctions::cuStreamWaitEvent, stream, buffer.empty, 0u);
}

}  // namespace fovea
