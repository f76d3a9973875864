#include "device/cuda/device.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <map>
#include <thread>

#include "base/text.h"
#include "device/cuda/activities.h"
#include "device/cuda/afterwork.h"
#include "device/cuda/canary.h"
#include "device/cuda/host_calls.h"
#include "device/cuda/memory.h"
#include "device/cuda/status.h"
#include "device/cuda/stream.h"
#include "device/cuda/timed_span.h"
#include "device/cuda/words.h"
#include "fovea/memory_adaptors.h"

namespace fovea {

thread_local bool in_cuda_host_function = false;

namespace {

constexpr std::chrono::minutes usual_check_every{5};

constexpr const char* forked_message =
    "cuda: this process was forked off after CUDA was initialised, which CUDA does not survive; fork before the first "
    "use of a CUDA device, or start a new program";

// All members of CudaFunctions are pointers, so a member's place gives its name.
constexpr const char* function_names[] = {
#define FOVEA_NAME(name, parameters) #name,
    FOVEA_CUDA_FUNCTIONS(FOVEA_NAME)
#undef FOVEA_NAME
};
static_assert(sizeof(CudaFunctions) == sizeof(function_names));

std::optional<std::chrono::duration<double>> seconds_wished(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr || *text == '\0') return std::nullopt;
  double seconds = 0;
  const char* end = text + std::strlen(text);
  const auto [stop, error] = std::from_chars(text, end, seconds);
  if (error != std::errc() || stop != end || !(seconds > 0 && seconds <= 1e6))
    throw Error(Errc::invalid_argument, std::string(variable) +
                                            ": expected seconds, above 0 and at most 1000000, got \"" +
                                            escaped(std::string_view(text).substr(0, 40)) + "\"");
  return std::chrono::duration<double>(seconds);
}

std::string behind(const std::string& last_work) {
  return last_work.empty() ? "" : ", the last of its stream being '" + last_work + "'";
}

}  // namespace

CudaCurrent::CudaCurrent(const CudaFunctions& functions, cuda::CUcontext context) : functions_(functions) {
  cuda::CUcontext current = nullptr;
  status_ = functions_.cuCtxGetCurrent(&current);
  if (status_ != cuda::CUDA_SUCCESS || current == context) return;
  status_ = functions_.cuCtxPushCurrent_v2(context);
  pushed_ = status_ == cuda::CUDA_SUCCESS;
}

CudaCurrent::~CudaCurrent() {
  cuda::CUcontext popped = nullptr;
  if (pushed_) functions_.cuCtxPopCurrent_v2(&popped);
}

CudaDevice::CudaDevice(const CudaDriver& driver, int index)
    : cu_(driver.functions),
      index_(index),
      timeout_(seconds_wished("FOVEA_DEVICE_TIMEOUT")),
      check_every_(seconds_wished("FOVEA_DEVICE_CHECK").value_or(usual_check_every)) {
  const auto made = [this](cuda::CUresult status, const char* call) {
    if (status != cuda::CUDA_SUCCESS)
      throw Error(Errc::device, device().name() + ": cannot be used: " + cuda_failure(cu_, call, status));
  };
  if (forked_after_cuda()) throw Error(Errc::device, forked_message);
  cuda::CUdevice number = 0;
  made(cu_.cuDeviceGet(&number, index), "cuDeviceGet");
  made(cu_.cuDevicePrimaryCtxRetain(&context_, number), "cuDevicePrimaryCtxRetain");
  const CudaCurrent current(cu_, context_);
  made(current.status(), "cuCtxPushCurrent_v2");
  made(cu_.cuCtxGetStreamPriorityRange(&priorities_.lowest, &priorities_.highest), "cuCtxGetStreamPriorityRange");
  int pools = 0;
  made(cu_.cuDeviceGetAttribute(&pools, cuda::CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED, number),
       "cuDeviceGetAttribute");
  raw_ = std::make_shared<CudaMemory>(*this);
  memory_ = std::make_shared<PoolMemory>(raw_);
  if (pools != 0) async_ = std::make_shared<CudaAsyncMemory>(*this);
  pinned_ = std::make_shared<CudaPinnedMemory>(*this);
  words_ = std::make_unique<CudaWords>(*this);
  clock_ = std::make_unique<CudaClock>(*this);
  canary_ = std::make_unique<CudaCanary>(*this);
  check_health();
}

CudaDevice::~CudaDevice() = default;

std::shared_ptr<StreamBackend> CudaDevice::make_stream(int priority) {
  return std::make_shared<CudaStream>(*this, priority);
}

const char* CudaDevice::name_of(const void* member) const {
  const auto place = static_cast<const char*>(member) - reinterpret_cast<const char*>(&cu_);
  return function_names[static_cast<std::size_t>(place) / sizeof(void (*)())];
}

void CudaDevice::check_alive() const {
  if (!lost_) return;
  const std::lock_guard lock(mutex_);
  throw Error(*cause_);
}

void CudaDevice::check_usable(const char* call) const {
  if (forked_after_cuda()) throw Error(Errc::device, forked_message);
  if (in_cuda_host_function)
    throw Error(Errc::invalid_argument, std::string("cuda: expected no use of the device by a host function, got ") +
                                            call + "; do it before or after");
  check_alive();
}

void CudaDevice::check(cuda::CUresult status, const char* call, const std::string& last_work) {
  if (status == cuda::CUDA_SUCCESS) return;
  std::string message = device().name() + ": " + cuda_failure(cu_, call, status);
  if (!is_fatal(status)) {
    check_health();
    if (status == cuda::CUDA_ERROR_OUT_OF_MEMORY)
      throw Error(Errc::device_memory, message + "; use smaller batches or free what is not needed");
    throw Error(Errc::device, message);
  }
  if (is_asynchronous(status)) message += "; asynchronous: met by work enqueued before" + behind(last_work);
  lose(Error(Errc::device_lost, message + "; start the process again"));
  check_alive();
}

void CudaDevice::lose(const Error& cause) noexcept {
  try {
    {
      const std::lock_guard lock(mutex_);
      if (cause_) return;
      cause_.emplace(Errc::device_lost, cause.what());
      lost_ = true;
    }
    cuda_afterwork().post([dropped = cuda_host_calls().drop(device())] {});
  } catch (...) {
    // No thread or memory to let the functions go with: the process keeps them.
  }
}

void CudaDevice::check_health() noexcept {
  if (!canary_ || lost_ || in_cuda_host_function || checking_.exchange(true)) return;
  canary_->check();
  checked_ = std::chrono::steady_clock::now();
  checking_ = false;
}

// What waits gets results, so that is when they must be right.
void CudaDevice::check_health_in_time() {
  if (std::chrono::steady_clock::now() - checked_.load() < check_every_) return;
  check_health();
  check_alive();
}

std::string CudaDevice::unchecked() const {
  return canary_ ? canary_->unchecked() : "";
}

template <class Handle>
void CudaDevice::wait_for(Handle handle, cuda::CUresult (*CudaFunctions::*query)(Handle),
                          cuda::CUresult (*CudaFunctions::*block)(Handle), const std::string& last_work) {
  if (!timeout_) return run_after(last_work, block, handle);
  const auto start = std::chrono::steady_clock::now();
  std::chrono::microseconds pause{1};
  for (;;) {
    const cuda::CUresult status = status_of(query, handle);
    if (status != cuda::CUDA_ERROR_NOT_READY) return check(status, name_of(&(cu_.*query)), last_work);
    if (std::chrono::steady_clock::now() - start > *timeout_) {
      lose(Error(Errc::device_lost, device().name() + ": expected its work to end within FOVEA_DEVICE_TIMEOUT, got " +
                                        "none after " + std::to_string(timeout_->count()) + " s" + behind(last_work) +
                                        "; start the process again"));
      check_alive();
    }
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, std::chrono::microseconds{1000});
  }
}

void CudaDevice::wait(cuda::CUstream stream, const std::string& last_work) {
  wait_for(stream, &CudaFunctions::cuStreamQuery, &CudaFunctions::cuStreamSynchronize, last_work);
  check_health_in_time();
}

void CudaDevice::wait(cuda::CUevent event, const std::string& last_work) {
  wait_for(event, &CudaFunctions::cuEventQuery, &CudaFunctions::cuEventSynchronize, last_work);
  check_health_in_time();
}

void CudaDevice::release_later(std::function<void()> work) noexcept {
  if (forked_after_cuda() || lost_) return;
  try {
    const auto with_context = [this, job = std::move(work)] {
      const CudaCurrent current(cu_, context_);
      if (current.status() == cuda::CUDA_SUCCESS) job();
    };
    if (in_cuda_host_function)
      cuda_afterwork().post(with_context);
    else
      with_context();
  } catch (...) {
    // The handle stays until the process ends.
  }
}

void CudaDevice::enable_peer(CudaDevice& other) {
  const std::lock_guard lock(peers_mutex_);
  std::uint64_t& word = peers_[static_cast<std::size_t>(other.index_) / 64];
  const std::uint64_t bit = std::uint64_t{1} << (other.index_ % 64);
  if ((word & bit) != 0) return;
  word |= bit;
  int can = 0;
  run(&CudaFunctions::cuDeviceCanAccessPeer, &can, index_, other.index_);
  if (can == 0) return;
  const cuda::CUresult status = status_of(&CudaFunctions::cuCtxEnablePeerAccess, other.context_, 0u);
  if (status != cuda::CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED) check(status, "cuCtxEnablePeerAccess");
}

namespace {

struct Devices {
  std::mutex mutex;
  std::map<int, std::unique_ptr<CudaDevice>> made;
};

// Never destroyed: streams and events may outlive static objects.
Devices& devices() {
  static Devices& instance = *new Devices;
  return instance;
}

}  // namespace

CudaDevice& cuda_backend(int index) {
  const std::lock_guard lock(devices().mutex);
  std::unique_ptr<CudaDevice>& device = devices().made[index];
  if (!device) device = std::make_unique<CudaDevice>(cuda_driver(), index);
  return *device;
}

std::string cuda_description(int index) {
  const CudaDriver& driver = cuda_driver();
  const CudaFunctions& cu = driver.functions;
  char name[256] = "a device of unknown name";
  std::size_t bytes = 0;
  int major = 0, minor = 0;
  cu.cuDeviceGetName(name, sizeof name, index);
  cu.cuDeviceTotalMem_v2(&bytes, index);
  cu.cuDeviceGetAttribute(&major, cuda::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, index);
  cu.cuDeviceGetAttribute(&minor, cuda::CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, index);
  std::string text = escaped(name) + ", " + std::to_string(bytes >> 20) + " MiB, compute capability " +
                     std::to_string(major) + "." + std::to_string(minor) + ", driver of CUDA " +
                     std::to_string(driver.version / 1000) + "." + std::to_string(driver.version % 1000 / 10);
  text += "; profiles by " + cuda_activities().how();
  const std::lock_guard lock(devices().mutex);
  const auto made = devices().made.find(index);
  if (made == devices().made.end() || !made->second) return text;
  if (const std::size_t n = made->second->pinned_failures())
    text += "; page-locked memory was refused " + std::to_string(n) + " times and pageable memory taken";
  if (const std::string why = made->second->unchecked(); !why.empty())
    text += "; the self-check leaves arithmetic out: " + why;
  if (made->second->lost()) text += "; lost";
  return text;
}

}  // namespace fovea
