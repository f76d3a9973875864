#include "device/cuda/stream.h"

#include "device/cpu/transfer.h"
#include "device/cuda/copy.h"
#include "device/cuda/event.h"
#include "device/cuda/graph.h"
#include "device/cuda/recording.h"
#include "device/cuda/staging.h"
#include "device/cuda/timed_span.h"
#include "device/cuda/words.h"

namespace fovea {
namespace {

std::atomic<std::int64_t> streams{0};

void refuse_inside(const char* what) {
  throw Error(Errc::invalid_argument,
              std::string("stream: expected ") + what + " outside of a recording, got it inside");
}

}  // namespace

CudaStream::CudaStream(CudaDevice& device, int priority) : device_(device), priority_(priority), number_(++streams) {
  device_.run(&CudaFunctions::cuStreamCreateWithPriority, &handle_, unsigned{cuda::CU_STREAM_NON_BLOCKING}, priority);
}

// The driver finishes a destroyed stream's work; the buffers of its copies are kept until then.
CudaStream::~CudaStream() {
  if (staging_) try {
      record_locked()->when_done([held = staging_] {});
    } catch (...) {
      wait_quietly();
    }
  device_.release(&CudaFunctions::cuStreamDestroy_v2, handle_);
}

void CudaStream::wait_quietly() noexcept {
  try {
    if (staging_) staging_->wait();
    device_.wait(handle_, last_work_);
  } catch (...) {
    // Lost: nothing runs any more.
  }
}

CudaStream::State CudaStream::state() const {
  const std::lock_guard lock(mutex_);
  return {last_work_, recording_, staging_};
}

bool CudaStream::is_recording() const {
  return state().recording != nullptr;
}

void CudaStream::call(std::string what, std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  if (recording_) {
    device_.run(&CudaFunctions::cuLaunchHostFunc, handle_, &CudaHostCalls::run, static_cast<void*>(nullptr));
    recording_->note(handle_, {GraphNode::Kind::call, std::move(what), std::move(work), {}, device_.context()});
    return;
  }
  enqueue(device_, handle_, {device(), what, std::move(work), target_});
  last_work_ = std::move(what);
}

void CudaStream::copy(const Transfer& transfer) {
  if (transfer.row_bytes == 0 || transfer.rows == 0) return;
  const CudaTimedSpan span(*this, {Activity::copy, {}, {}, {}, transfer.from_device, transfer.to_device},
                           transfer.row_bytes * transfer.rows);
  const std::lock_guard lock(mutex_);
  if (recording_) {
    enqueue_copy(device_, handle_, transfer);
    recording_->note(handle_, {GraphNode::Kind::copy, describe(transfer), {}, transfer, device_.context()});
    return;
  }
  try {
    copy_any(transfer);
  } catch (...) {
    wait_quietly();  // for what was enqueued of it: the caller may now take its memory away
    throw;
  }
  last_work_ = describe(transfer);
}

void CudaStream::copy_any(const Transfer& t) {
  const bool from_host = t.from_device == Device::cpu(), to_host = t.to_device == Device::cpu();
  if (from_host && to_host) return enqueue(device_, handle_, {device(), describe(t), [t] { run(t); }, target_});
  if ((from_host && is_pageable(device_, t.from)) || (to_host && is_pageable(device_, t.to))) {
    if (!staging_) staging_ = CudaStaging::make(device_, priority_);
    if (staging_) return staging_->copy(handle_, t, target_);
  }
  enqueue_copy(device_, handle_, t);  // of pageable memory too, which the driver then carries over while we wait
}

void CudaStream::fill(const Fill& fill) {
  if (fill.bytes == 0) return;
  const CudaTimedSpan span(*this, {Activity::fill, "fill"}, fill.bytes);
  const std::lock_guard lock(mutex_);
  device_.run(&CudaFunctions::cuMemsetD8Async, as_address(fill.to), static_cast<unsigned char>(fill.value), fill.bytes,
              handle_);
  if (recording_)
    recording_->note(handle_, {GraphNode::Kind::fill, describe(fill), {}, {}, device_.context()});
  else
    last_work_ = describe(fill);
}

std::shared_ptr<CudaEvent> CudaStream::record_locked() {
  auto event = std::make_shared<CudaEvent>(device_, last_work_, recording_);
  device_.run_after(last_work_, &CudaFunctions::cuEventRecord, event->handle(), handle_);
  return event;
}

std::shared_ptr<EventBackend> CudaStream::record() {
  const std::lock_guard lock(mutex_);
  return record_locked();
}

std::shared_ptr<CudaEvent> CudaStream::mark() {
  const std::lock_guard lock(mutex_);
  return recording_ ? nullptr : record_locked();
}

void CudaStream::wait(std::shared_ptr<EventBackend> event) {
  const auto* theirs =
      event->device().kind == Device::Kind::cuda ? static_cast<const CudaEvent*>(event.get()) : nullptr;
  const std::lock_guard lock(mutex_);
  const std::shared_ptr<CudaRecording> other = theirs ? theirs->recording() : nullptr;
  if (recording_ && recording_ != other)
    throw Error(Errc::invalid_argument, "graph: expected to wait for an event of the recording, got one outside");
  if (!theirs) return wait_for_host(*event);
  if (theirs->of_lost_device()) return device_.check_alive();
  device_.run_after(last_work_, &CudaFunctions::cuStreamWaitEvent, handle_, theirs->handle(), 0u);
  if (other && !recording_) {
    recording_ = other;
    recording_->join(std::static_pointer_cast<CudaStream>(shared_from_this()));
  }
}

// The stream waits for a word that the event, when it is done, sets. The word is used again when both are past it.
void CudaStream::wait_for_host(EventBackend& event) {
  const std::shared_ptr<std::uint32_t> word = device_.words().take();
  const auto passed = std::make_shared<CudaEvent>(device_, last_work_);
  event.when_done([word] { CudaWords::set(*word); });  // first: a stream must not wait for what nobody will set
  device_.run_after(last_work_, &CudaFunctions::cuStreamWaitValue32_v2, handle_, as_address(word.get()), 1u,
                    unsigned{cuda::CU_STREAM_WAIT_VALUE_GEQ});
  try {
    device_.run_after(last_work_, &CudaFunctions::cuEventRecord, passed->handle(), handle_);
    passed->when_done([word] {});
  } catch (...) {
    device_.words().abandon(word);
    throw;
  }
}

bool CudaStream::idle() const {
  const State now = state();
  if (now.recording) refuse_inside("idle()");
  const cuda::CUresult status = device_.status_of(&CudaFunctions::cuStreamQuery, handle_);
  if (status == cuda::CUDA_ERROR_NOT_READY) return false;
  device_.check(status, "cuStreamQuery", now.last_work);
  return true;
}

void CudaStream::synchronize() {
  if (in_cuda_host_function)
    throw Error(Errc::invalid_argument,
                "stream: expected synchronize() from outside, got it from the stream's own work");
  const State now = state();
  if (now.recording) refuse_inside("synchronize()");
  device_.wait(handle_, now.last_work);
  if (const std::optional<Error> failure = failure_->take()) throw *failure;
}

// Without the lock, which a host function may want.
void CudaStream::settle() noexcept {
  try {
    const State now = state();
    if (now.recording) return;
    if (now.staging) now.staging->wait();
    device_.wait(handle_, now.last_work);
  } catch (...) {
    // Lost: nothing runs any more.
  }
}

void CudaStream::begin_recording() {
  const std::lock_guard lock(mutex_);
  if (recording_)
    throw Error(Errc::invalid_argument, "graph: expected a stream that does not record, got one that does");
  auto recording = std::make_shared<CudaRecording>(device_);
  device_.run_after(last_work_, &CudaFunctions::cuStreamBeginCapture_v2, handle_,
                    unsigned{cuda::CU_STREAM_CAPTURE_MODE_RELAXED});
  recording->join(std::static_pointer_cast<CudaStream>(shared_from_this()));
  recording_ = std::move(recording);
}

std::shared_ptr<const GraphBackend> CudaStream::end_recording() {
  return state().recording->finish(handle_);
}

void CudaStream::drop_recording() noexcept {
  if (const auto recording = state().recording) recording->drop(handle_);
}

void CudaStream::leave_recording() {
  const std::lock_guard lock(mutex_);
  recording_.reset();
}

bool CudaStream::keep_for_recording(std::function<void()>& release) {
  const std::lock_guard lock(mutex_);
  if (!recording_) return false;
  recording_->keep(std::move(release));
  return true;
}

bool CudaStream::append_to_recording(const std::shared_ptr<const CudaGraph>& graph,
                                     const std::shared_ptr<const CudaGraph>& parameters,
                                     const std::vector<CudaNode>& now) {
  const std::lock_guard lock(mutex_);
  if (!recording_) return false;
  recording_->append(handle_, graph, parameters, now);
  return true;
}

void CudaStream::launch(cuda::CUgraphExec exec, const std::shared_ptr<CudaFailureTarget>& target, std::string name) {
  const CudaTimedSpan span(*this, {Activity::kernel, name});
  const std::lock_guard lock(mutex_);
  if (target)
    enqueue(device_, handle_, {device(), name, [target, failure = failure_] { target->point_to(failure); }, nullptr});
  device_.run_after(last_work_, &CudaFunctions::cuGraphLaunch, exec, handle_);
  last_work_ = std::move(name);
}

}  // namespace fovea
