#include "device/cpu/stream.h"

#include <algorithm>
#include <chrono>
#include <new>
#include <thread>

#include "device/cpu/event.h"
#include "device/profiler.h"

namespace fovea {
namespace {

void add_sorted(std::vector<int>& to, const std::vector<int>& nodes) {
  to.insert(to.end(), nodes.begin(), nodes.end());
  std::sort(to.begin(), to.end());
  to.erase(std::unique(to.begin(), to.end()), to.end());
}

}  // namespace

Error named_error(const std::string& what, const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const Error& error) {
    return Error(error.code(), what + ": " + error.what());
  } catch (const std::bad_alloc&) {
    return Error(Errc::out_of_memory, what + ": out of memory");
  } catch (const std::exception& error) {
    return Error(Errc::internal, what + ": " + error.what());
  } catch (...) {
    return Error(Errc::internal, what + ": an exception of unknown type");
  }
}

CpuStream::CpuStream(int priority) : priority_(priority), queue_(priority) {}

void CpuStream::push(std::function<void(State&)> task, TaskQueue::Kind kind) {
  ++state_->pending;
  auto counted = [state = state_, job = std::move(task)] {
    job(*state);
    --state->pending;
  };
  try {
    queue_.push(std::move(counted), kind);
  } catch (...) {
    --state_->pending;
    throw;
  }
}

void CpuStream::enqueue(GraphNode::Kind kind, std::string name, CpuWork work) {
  {
    const std::lock_guard lock(mutex_);
    if (recording_) {
      const int node = recording_->add({kind, std::move(name), tail_}, std::move(work));
      tail_.assign(1, node);
      return;
    }
  }
  push([what = std::move(name), job = std::move(work)](State& state) {
    if (state.failure) return;
    try {
      run(job, what);
    } catch (...) {
      state.failure = named_error(what, std::current_exception());
    }
  });
}

void CpuStream::call(std::string what, std::function<void()> work) {
  enqueue(GraphNode::Kind::call, std::move(what), std::move(work));
}

void CpuStream::copy(const Transfer& transfer) {
  enqueue(GraphNode::Kind::copy, describe(transfer), transfer);
}

void CpuStream::fill(const Fill& fill) {
  enqueue(GraphNode::Kind::fill, describe(fill), fill);
}

void CpuStream::step(std::function<void(Failure&)> work) {
  push([job = std::move(work)](State& state) { job(state.failure); });
}

std::shared_ptr<EventBackend> CpuStream::record() {
  {
    const std::lock_guard lock(mutex_);
    if (recording_) return std::make_shared<CpuEvent>(recording_, tail_);
  }
  auto event = std::make_shared<CpuEvent>();
  push([event](State&) { event->finish(); });
  return event;
}

// Also after a failure: an event recorded later must not come before the one waited for.
void CpuStream::wait(std::shared_ptr<EventBackend> event) {
  const auto* mine = event->device() == Device::cpu() ? static_cast<const CpuEvent*>(event.get()) : nullptr;
  {
    const std::lock_guard lock(mutex_);
    const auto theirs = mine ? mine->recording() : nullptr;
    if (theirs && !recording_) {
      theirs->join(std::static_pointer_cast<CpuStream>(shared_from_this()));
      recording_ = theirs;
    }
    if (recording_) {
      if (recording_ != theirs)
        throw Error(Errc::invalid_argument, "graph: expected to wait for an event of the recording, got one outside");
      return add_sorted(tail_, mine->nodes());
    }
  }
  push(
      [event = std::move(event)](State&) {
        const profiler::Scope span(Activity::wait, "stream for an event");
        event->wait();
      },
      TaskQueue::Kind::wait);
}

void CpuStream::synchronize() {
  if (queue_.on_own_thread())
    throw Error(Errc::invalid_argument,
                "stream: expected synchronize() from outside, got it from the stream's own work");
  {
    const std::lock_guard lock(mutex_);
    if (recording_)
      throw Error(Errc::invalid_argument, "stream: expected synchronize() outside of a recording, got it inside");
  }
  Failure failure;  // the task is done with it before wait() returns
  const auto point = std::make_shared<CpuEvent>();
  queue_.push([state = state_, &failure, point] {
    failure.swap(state->failure);
    point->finish();
  });
  point->wait();
  if (failure) throw *failure;
}

// Without a task of its own, for which there may be no memory.
void CpuStream::settle() noexcept {
  if (queue_.on_own_thread()) return;
  while (state_->pending != 0) std::this_thread::sleep_for(std::chrono::microseconds(50));
}

void CpuStream::begin_recording() {
  const std::lock_guard lock(mutex_);
  if (recording_)
    throw Error(Errc::invalid_argument, "graph: expected a stream that does not record, got one that does");
  recording_ = std::make_shared<CpuRecording>();
  recording_->join(std::static_pointer_cast<CpuStream>(shared_from_this()));
}

std::shared_ptr<const GraphBackend> CpuStream::end_recording() {
  std::shared_ptr<CpuRecording> recording;
  std::vector<int> tail;
  {
    const std::lock_guard lock(mutex_);
    recording = recording_;
    tail = tail_;
  }
  return recording->finish(tail);
}

void CpuStream::drop_recording() noexcept {
  std::shared_ptr<CpuRecording> recording;
  {
    const std::lock_guard lock(mutex_);
    recording = recording_;
  }
  if (recording) recording->drop();
}

void CpuStream::leave_recording() {
  const std::lock_guard lock(mutex_);
  recording_.reset();
  tail_.clear();
}

bool CpuStream::keep_for_recording(std::function<void()>& release) {
  const std::lock_guard lock(mutex_);
  if (!recording_) return false;
  recording_->keep(std::move(release));
  return true;
}

bool CpuStream::append_to_recording(const std::vector<GraphNode>& nodes, const std::vector<CpuWork>& works,
                                    std::function<void()> owner) {
  const std::lock_guard lock(mutex_);
  if (!recording_) return false;
  recording_->keep(std::move(owner));
  std::vector<int> placed, ends;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    std::vector<int> after = nodes[i].after.empty() ? tail_ : std::vector<int>{};
    for (int before : nodes[i].after) {
      after.push_back(placed[static_cast<std::size_t>(before)]);
      std::erase(ends, after.back());
    }
    placed.push_back(recording_->add({nodes[i].kind, nodes[i].name, std::move(after)}, works[i]));
    ends.push_back(placed.back());
  }
  if (!ends.empty()) tail_ = std::move(ends);
  return true;
}

}  // namespace fovea
