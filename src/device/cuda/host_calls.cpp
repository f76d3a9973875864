#include "device/cuda/host_calls.h"

#include "device/cpu/stream.h"
#include "device/cuda/afterwork.h"
#include "device/cuda/device.h"
#include "device/profiler.h"

namespace fovea {

void CudaFailure::set(const Error& error) {
  const std::lock_guard lock(mutex_);
  if (!first_) first_.emplace(error);
}

bool CudaFailure::is_set() const {
  const std::lock_guard lock(mutex_);
  return first_.has_value();
}

std::optional<Error> CudaFailure::take() {
  const std::lock_guard lock(mutex_);
  std::optional<Error> taken;
  taken.swap(first_);
  return taken;
}

void CudaFailureTarget::point_to(std::shared_ptr<CudaFailure> failure) {
  const std::lock_guard lock(mutex_);
  failure_ = std::move(failure);
}

std::shared_ptr<CudaFailure> CudaFailureTarget::get() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

// Never destroyed: the driver may run a function while the process ends.
CudaHostCalls& cuda_host_calls() {
  static CudaHostCalls& instance = *new CudaHostCalls;
  return instance;
}

void* CudaHostCalls::add(CudaHostCall call) {
  auto shared = std::make_shared<CudaHostCall>(std::move(call));
  const std::lock_guard lock(mutex_);
  calls_.emplace(++last_, std::move(shared));
  return reinterpret_cast<void*>(last_);
}

void CudaHostCalls::remove(void* number) noexcept {
  std::shared_ptr<CudaHostCall> call;  // goes after the lock
  const std::lock_guard lock(mutex_);
  const auto found = calls_.find(reinterpret_cast<std::uintptr_t>(number));
  if (found == calls_.end()) return;
  call = std::move(found->second);
  calls_.erase(found);
}

std::vector<std::shared_ptr<CudaHostCall>> CudaHostCalls::drop(Device device) {
  std::vector<std::shared_ptr<CudaHostCall>> dropped;
  const std::lock_guard lock(mutex_);
  for (auto it = calls_.begin(); it != calls_.end();) {
    const bool drops = it->second->once && it->second->device == device;
    if (drops) dropped.push_back(std::move(it->second));
    it = drops ? calls_.erase(it) : std::next(it);
  }
  return dropped;
}

std::shared_ptr<CudaHostCall> CudaHostCalls::find(std::uintptr_t number) {
  const std::lock_guard lock(mutex_);
  const auto found = calls_.find(number);
  if (found == calls_.end()) return nullptr;
  std::shared_ptr<CudaHostCall> call = found->second;
  if (call->once) calls_.erase(found);
  return call;
}

// What the function holds may free memory or handles when it goes, which the driver does not allow in here.
void CudaHostCalls::run(void* number) {
  std::shared_ptr<CudaHostCall> call = cuda_host_calls().find(reinterpret_cast<std::uintptr_t>(number));
  if (!call) return;
  const std::shared_ptr<CudaFailure> failure = call->target ? call->target->get() : nullptr;
  in_cuda_host_function = true;
  try {
    if (!call->target) {
      call->work();
    } else if (!failure || !failure->is_set()) {
      const profiler::Scope span(Activity::host_call, call->name);
      call->work();
    }
  } catch (...) {
    if (failure) failure->set(named_error(call->name, std::current_exception()));
  }
  in_cuda_host_function = false;
  try {
    cuda_afterwork().post([held = std::move(call)] {});
  } catch (...) {
    // It goes at the end of this function.
  }
}

void enqueue(CudaDevice& device, cuda::CUstream stream, CudaHostCall call) {
  void* number = cuda_host_calls().add(std::move(call));
  try {
    device.run(&CudaFunctions::cuLaunchHostFunc, stream, &CudaHostCalls::run, number);
  } catch (...) {
    cuda_host_calls().remove(number);
    throw;
  }
}

}  // namespace fovea
