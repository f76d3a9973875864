#include <pthread.h>

#include <atomic>
#include <cstring>

#include "support/fake_cuda/state.h"

namespace fovea::cuda::fake {

thread_local std::vector<CUcontext> context_stack;
thread_local bool in_host_function = false;

// A fork waits until no thread is inside, so that the child, which has none of them, does not wait for one for ever.
State& state() {
  static State& instance = []() -> State& {
    const auto unlock = [] { state().mutex.unlock(); };
    ::pthread_atfork([] { state().mutex.lock(); }, unlock, unlock);
    return *new State;
  }();
  return instance;
}

CUcontext current() {
  return context_stack.empty() ? nullptr : context_stack.back();
}

namespace {

// What any driver call may give whose device is lost; these ask nothing of it.
bool needs_no_device(const std::string& function) {
  for (const char* name :
       {"cuInit", "cuDriverGetVersion", "cuGetErrorName", "cuGetErrorString", "cuDeviceGetCount", "cuDeviceGet",
        "cuDeviceGetName", "cuCtxGetCurrent", "cuCtxPushCurrent_v2", "cuCtxPopCurrent_v2"})
    if (function == name) return true;
  return false;
}

}  // namespace

CUresult enter(const char* function) {
  State& s = state();
  const Lock lock(s.mutex);
  ++s.calls[function];
  for (auto rule = s.rules.begin(); rule != s.rules.end(); ++rule) {
    if (!rule->function.empty() && rule->function != function) continue;
    if (rule->left > 1) {
      --rule->left;
      continue;
    }
    const Rule hit = *rule;
    s.failed = function;
    if (hit.fault != FakeCudaFault::forever) s.rules.erase(rule);
    if (hit.fault == FakeCudaFault::lost && current() != nullptr) lose(current(), hit.error);
    return hit.error;
  }
  if (needs_no_device(function)) return CUDA_SUCCESS;
  if (in_host_function) return CUDA_ERROR_NOT_PERMITTED;
  return current() != nullptr ? current()->lost : CUDA_SUCCESS;
}

// Its streams drop what is queued: nothing runs on a lost device.
void lose(CUcontext context, CUresult error) {
  if (context->lost != CUDA_SUCCESS) return;
  context->lost = error;
  for (const auto& [handle, stream] : state().streams)
    if (stream->context == context) stream->queue.clear();
  state().changed.notify_all();
}

namespace {
std::atomic<long> wrong_in{0};  // 0: none
}  // namespace

bool arithmetic_goes_wrong() {
  return wrong_in.load(std::memory_order_relaxed) > 0 && wrong_in.fetch_sub(1) == 1;
}

}  // namespace fovea::cuda::fake

using namespace fovea::cuda;

namespace {

// With the lock held.
void end_streams(const CUctx_st& context) {
  std::erase_if(fake::state().streams, [&context](const auto& entry) {
    if (entry.second->context != &context) return false;
    entry.second->queue.clear();
    return entry.second->closing = true;
  });
}

}  // namespace

extern "C" {

void fake_cuda_fail(const char* function, int nth, int error, FakeCudaFault fault) {
  fake::State& s = fake::state();
  const fake::Lock lock(s.mutex);
  s.rules.push_back({function == nullptr ? "" : function, nth, error, fault});
}

void fake_cuda_fault_work(int nth, int error) {
  fake::State& s = fake::state();
  const fake::Lock lock(s.mutex);
  s.fault_in = nth;
  s.fault_error = error;
}

void fake_cuda_hang_work(int nth) {
  fake::State& s = fake::state();
  const fake::Lock lock(s.mutex);
  s.hang_in = nth;
}

void fake_cuda_flip_copies(int nth) {
  fake::State& s = fake::state();
  const fake::Lock lock(s.mutex);
  s.flip_in = nth;
  s.flipped = 0;
}

void fake_cuda_flip_arithmetic(long nth) {
  fake::wrong_in = nth;
}

void fake_cuda_set_memory(std::size_t bytes) {
  fake::State& s = fake::state();
  const fake::Lock lock(s.mutex);
  s.memory = bytes;
}

void fake_cuda_reset() {
  fake::State& s = fake::state();
  const fake::Lock lock(s.mutex);
  s.rules.clear();
  s.failed = nullptr;
  s.fault_in = s.hang_in = s.flip_in = 0;
  fake::wrong_in = 0;
  s.memory = std::size_t{8} << 30;
  ++s.hangs;
  for (CUctx_st& context : s.contexts) {
    if (context.lost != CUDA_SUCCESS) end_streams(context);
    context.lost = CUDA_SUCCESS;
  }
  s.changed.notify_all();
}

void fake_cuda_end_streams(int device) {
  fake::State& s = fake::state();
  const fake::Lock lock(s.mutex);
  end_streams(s.contexts[device]);
  s.changed.notify_all();
}

const char* fake_cuda_failed() {
  const fake::Lock lock(fake::state().mutex);
  return fake::state().failed;
}

long fake_cuda_calls(const char* function) {
  fake::State& s = fake::state();
  const fake::Lock lock(s.mutex);
  long sum = 0;
  for (const auto& [name, count] : s.calls)
    if (function == nullptr || name == function) sum += count;
  return sum;
}

long fake_cuda_live(const char* kind) {
  fake::State& s = fake::state();
  const fake::Lock lock(s.mutex);
  const auto is = [kind](const char* name) { return std::strcmp(kind, name) == 0; };
  if (is("stream")) return static_cast<long>(s.streams.size());
  if (is("event")) return static_cast<long>(s.events.size());
  if (is("graph")) return static_cast<long>(s.graphs.size());
  if (is("exec")) return static_cast<long>(s.execs.size());
  if (is("module")) return static_cast<long>(s.modules.size());
  long count = 0;
  for (const auto& [address, block] : s.blocks)
    if (block.pinned == is("pinned")) ++count;
  return count;
}

void fake_cuda_register_kernel(const char* name, FakeCudaKernel kernel, const std::size_t* sizes, std::size_t count) {
  fake::State& s = fake::state();
  const fake::Lock lock(s.mutex);
  s.kernels[name] = {name, {kernel, {sizes, sizes + count}}};
}
}
