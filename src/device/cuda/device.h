#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "device/backend.h"
#include "device/cuda/driver.h"
#include "fovea/error.h"

namespace fovea {

class CudaCanary;
class CudaClock;
class CudaWords;

// Makes the device's context current on the calling thread while it lives.
class CudaCurrent {
 public:
  CudaCurrent(const CudaFunctions&, cuda::CUcontext);
  ~CudaCurrent();
  CudaCurrent(const CudaCurrent&) = delete;
  CudaCurrent& operator=(const CudaCurrent&) = delete;
  cuda::CUresult status() const { return status_; }

 private:
  const CudaFunctions& functions_;
  cuda::CUresult status_ = cuda::CUDA_SUCCESS;
  bool pushed_ = false;
};

// Set while the calling thread runs a host function for the driver, which must not call the driver.
extern thread_local bool in_cuda_host_function;

// A device by its primary context, which the process keeps to its end, and what is known of the device's health. After
// a fault the device is lost: every later call throws that first fault, all events count as done, and host functions
// that have not run never will.
class CudaDevice final : public DeviceBackend {
 public:
  // Throws Error(device) when the context cannot be made, Error(invalid_argument) for a FOVEA_DEVICE_TIMEOUT or
  // FOVEA_DEVICE_CHECK that is no number of seconds.
  CudaDevice(const CudaDriver&, int index);
  ~CudaDevice() override;
  StreamPriorities priorities() const override { return priorities_; }
  std::shared_ptr<StreamBackend> make_stream(int priority) override;
  std::shared_ptr<Memory> memory() override { return memory_; }
  std::shared_ptr<Memory> pinned_memory() override { return pinned_; }

  Device device() const { return Device::cuda(index_); }
  const CudaFunctions& functions() const { return cu_; }
  cuda::CUcontext context() const { return context_; }
  const std::shared_ptr<Memory>& raw_memory() const { return raw_; }
  const std::shared_ptr<Memory>& async_memory() const { return async_; }  // null: the driver has no pool
  // How often page-locked memory could not be had and pageable memory, slower to copy, was taken.
  std::size_t pinned_failures() const { return pinned_failures_; }
  void count_pinned_failure() { ++pinned_failures_; }
  CudaWords& words() { return *words_; }
  CudaClock& clock() { return *clock_; }
  // Lets copies between the two go without the host, where the machine can.
  void enable_peer(CudaDevice& other);

  // Calls the driver with the context current; throws what the status means. `last_work` is the last that the stream
  // in question was given.
  template <class... P, class... A>
  void run(cuda::CUresult (*CudaFunctions::*function)(P...), A... arguments) {
    run_after({}, function, arguments...);
  }
  template <class... P, class... A>
  void run_after(const std::string& last_work, cuda::CUresult (*CudaFunctions::*function)(P...), A... arguments) {
    check(status_of(function, arguments...), name_of(&(cu_.*function)), last_work);
  }
  // Its status alone. Throws when the device is lost, and where no call may be made.
  template <class... P, class... A>
  cuda::CUresult status_of(cuda::CUresult (*CudaFunctions::*function)(P...), A... arguments) {
    check_usable(name_of(&(cu_.*function)));
    const CudaCurrent current(cu_, context_);
    return current.status() != cuda::CUDA_SUCCESS ? current.status() : (cu_.*function)(arguments...);
  }
  // For destructors: what fails leaves the handle to the end of the process, as a lost device does: what it may yet do
  // with it, and whether the call would come back, is not known. Inside of a host function the call is put off.
  template <class... P, class... A>
  void release(cuda::CUresult (*CudaFunctions::*function)(P...), A... arguments) noexcept {
    release_later([this, function, arguments...] { (cu_.*function)(arguments...); });
  }

  // Throws for a status that is not success: Error(device_memory), Error(device_lost), which loses the device, or
  // Error(device).
  void check(cuda::CUresult, const char* call, const std::string& last_work = {});
  // Blocks until the stream or event is reached. Loses the device when that takes longer than FOVEA_DEVICE_TIMEOUT, or
  // when the self-check, after FOVEA_DEVICE_CHECK seconds without one, finds it wrong: then it throws, too.
  void wait(cuda::CUstream, const std::string& last_work);
  void wait(cuda::CUevent, const std::string& last_work);

  void lose(const Error& cause) noexcept;
  bool lost() const { return lost_; }
  void check_alive() const;
  // Copies known bytes and computes known results; loses the device when others come back.
  void check_health() noexcept;
  std::string unchecked() const;  // why arithmetic is not among it, or empty

 private:
  template <class Handle>
  void wait_for(Handle, cuda::CUresult (*CudaFunctions::*query)(Handle),
                cuda::CUresult (*CudaFunctions::*block)(Handle), const std::string& last_work);
  template <class Function>
  const char* name_of(Function* function) const {
    return name_of(static_cast<const void*>(function));
  }
  const char* name_of(const void* member) const;
  void check_health_in_time();
  void check_usable(const char* call) const;
  void release_later(std::function<void()>) noexcept;

  const CudaFunctions& cu_;
  const int index_;
  cuda::CUcontext context_ = nullptr;
  StreamPriorities priorities_;
  std::optional<std::chrono::duration<double>> timeout_;
  const std::chrono::duration<double> check_every_;
  std::atomic<std::chrono::steady_clock::time_point> checked_{};
  std::atomic<bool> lost_{false};
  mutable std::mutex mutex_;  // of what follows
  std::optional<Error> cause_;
  std::atomic<std::size_t> pinned_failures_{0};
  std::shared_ptr<Memory> raw_, async_, memory_, pinned_;
  std::atomic<bool> checking_{false};  // so that a failing check does not check again
  std::unique_ptr<CudaCanary> canary_;
  std::unique_ptr<CudaWords> words_;
  std::unique_ptr<CudaClock> clock_;
  std::mutex peers_mutex_;
  std::uint64_t peers_[16] = {};  // bits of the devices asked for already
};

// Made at the first call and kept. Throws as the constructor. The driver has the device.
CudaDevice& cuda_backend(int index);
// "NVIDIA H100 80GB HBM3, 81079 MiB, compute capability 9.0, driver of CUDA 13.0", and what went wrong since.
std::string cuda_description(int index);

}  // namespace fovea
