#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "device/backend.h"
#include "device/cpu/graph.h"
#include "device/cpu/task_queue.h"
#include "fovea/error.h"

namespace fovea {

// The error, or the exception made one, named after the work it came from.
Error named_error(const std::string& what, const std::exception_ptr& thrown);

class CpuStream final : public StreamBackend {
 public:
  explicit CpuStream(int priority);
  Device device() const override { return Device::cpu(); }
  int priority() const override { return priority_; }
  void call(std::string what, std::function<void()> work) override;
  void copy(const Transfer&) override;
  void fill(const Fill&) override;
  std::shared_ptr<EventBackend> record() override;
  void wait(std::shared_ptr<EventBackend>) override;
  bool idle() const override { return state_->pending == 0; }
  void synchronize() override;
  void settle() noexcept override;
  void* native() const override { return nullptr; }

  void begin_recording() override;
  std::shared_ptr<const GraphBackend> end_recording() override;
  void drop_recording() noexcept override;
  bool keep_for_recording(std::function<void()>& release) override;

  // For graphs. A step runs whether or not the stream has failed, and must not throw; it gets the stream's error to
  // set.
  using Failure = std::optional<Error>;
  void step(std::function<void(Failure&)>);
  void start() { queue_.start(); }  // its thread, so that a step cannot fail for want of one
  // Adds the nodes of a launched graph to the recording, which keeps `owner`, if the stream records.
  bool append_to_recording(const std::vector<GraphNode>&, const std::vector<CpuWork>&, std::function<void()> owner);
  void leave_recording();

 private:
  // Tasks share it, since they may outlive the last handle.
  struct State {
    Failure failure;  // only the queue's thread touches it
    std::atomic<int> pending{0};
  };
  void enqueue(GraphNode::Kind, std::string name, CpuWork);
  void push(std::function<void(State&)>, TaskQueue::Kind = TaskQueue::Kind::work);

  const int priority_;
  const std::shared_ptr<State> state_ = std::make_shared<State>();
  TaskQueue queue_;
  mutable std::mutex mutex_;  // of what follows
  std::shared_ptr<CpuRecording> recording_;
  std::vector<int> tail_;  // the nodes that the next one comes after
};

}  // namespace fovea
