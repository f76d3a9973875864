#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "device/cuda/driver_functions.h"
#include "fovea/device.h"
#include "fovea/error.h"

namespace fovea {

class CudaDevice;

// The first error of a stream's host functions, until synchronize() takes it.
class CudaFailure {
 public:
  void set(const Error& error);
  bool is_set() const;
  std::optional<Error> take();

 private:
  mutable std::mutex mutex_;
  std::optional<Error> first_;
};

// Where a host function puts its error: a stream's failure, for a graph the one of the stream that launches it.
class CudaFailureTarget {
 public:
  explicit CudaFailureTarget(std::shared_ptr<CudaFailure> failure = nullptr) : failure_(std::move(failure)) {}
  void point_to(std::shared_ptr<CudaFailure>);
  std::shared_ptr<CudaFailure> get() const;

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<CudaFailure> failure_;
};

// A function for the driver to run in stream order. Skipped when its target has failed, unless it always runs.
struct CudaHostCall {
  Device device;
  std::string name;
  std::function<void()> work;
  std::shared_ptr<CudaFailureTarget> target;  // null: always runs, and must not throw
  bool once = true;                           // else a graph's, which may run it again
};

// What was handed to the driver, by number: a number that the driver brings late, or never, does no harm.
class CudaHostCalls {
 public:
  void* add(CudaHostCall);  // what to pass to cuLaunchHostFunc together with run()
  void remove(void* number) noexcept;
  // Takes out those of a lost device that run once and have not begun. They are to go outside of locks.
  std::vector<std::shared_ptr<CudaHostCall>> drop(Device);
  static void run(void* number);

 private:
  std::shared_ptr<CudaHostCall> find(std::uintptr_t number);

  std::mutex mutex_;
  std::uintptr_t last_ = 0;
  std::unordered_map<std::uintptr_t, std::shared_ptr<CudaHostCall>> calls_;
};
CudaHostCalls& cuda_host_calls();

void enqueue(CudaDevice&, cuda::CUstream, CudaHostCall);

}  // namespace fovea
