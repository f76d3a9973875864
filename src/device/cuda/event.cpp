#include "device/cuda/event.h"

#include "device/cuda/afterwork.h"

namespace fovea {

CudaEvent::CudaEvent(CudaDevice& device, std::string after, std::shared_ptr<CudaRecording> recording)
    : device_(device), after_(std::move(after)), recording_(std::move(recording)) {
  device_.run(&CudaFunctions::cuEventCreate, &handle_, unsigned{cuda::CU_EVENT_BLOCKING_SYNC});
}

CudaEvent::~CudaEvent() {
  device_.release(&CudaFunctions::cuEventDestroy_v2, handle_);
}

bool CudaEvent::done() const {
  if (done_) return true;
  if (recording_) return false;
  try {
    const cuda::CUresult status = device_.status_of(&CudaFunctions::cuEventQuery, handle_);
    if (status == cuda::CUDA_ERROR_NOT_READY) return false;
    device_.check(status, "cuEventQuery", after_);
  } catch (const Error& error) {
    if (in_cuda_host_function) throw;
    device_.lose(error);
  }
  return done_ = true;
}

void CudaEvent::wait() const {
  if (done_) return;
  try {
    device_.wait(handle_, after_);
  } catch (const Error& error) {
    if (in_cuda_host_function) throw;
    device_.lose(error);
  }
  done_ = true;
}

double CudaEvent::ms_since(const EventBackend& earlier) const {
  float ms = 0;
  device_.run(&CudaFunctions::cuEventElapsedTime, &ms, static_cast<const CudaEvent&>(earlier).handle_, handle_);
  return static_cast<double>(ms);
}

void CudaEvent::when_done(std::function<void()> then) {
  if (done_) return then();
  cuda_afterwork().when_done(shared_from_this(), [this, work = std::move(then)] {
    const CudaCurrent current(device_.functions(), device_.context());
    work();
  });
}

}  // namespace fovea
