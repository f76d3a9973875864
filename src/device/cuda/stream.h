#pragma once
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "device/cuda/device.h"
#include "device/cuda/host_calls.h"

namespace fovea {

class CudaEvent;
class CudaGraph;
class CudaRecording;
class CudaStaging;
struct CudaNode;

class CudaStream final : public StreamBackend {
 public:
  CudaStream(CudaDevice&, int priority);
  ~CudaStream() override;
  CudaStream(const CudaStream&) = delete;
  CudaStream& operator=(const CudaStream&) = delete;

  Device device() const override { return device_.device(); }
  int priority() const override { return priority_; }
  void call(std::string what, std::function<void()> work) override;
  void copy(const Transfer&) override;
  void fill(const Fill&) override;
  std::shared_ptr<EventBackend> record() override;
  void wait(std::shared_ptr<EventBackend>) override;
  bool idle() const override;
  void synchronize() override;
  void settle() noexcept override;
  void* native() const override { return handle_; }

  void begin_recording() override;
  std::shared_ptr<const GraphBackend> end_recording() override;
  void drop_recording() noexcept override;
  bool keep_for_recording(std::function<void()>& release) override;

  cuda::CUstream handle() const { return handle_; }
  bool is_recording() const;
  std::int64_t number() const { return number_; }  // from 1, in the process
  CudaClock& clock() const { return device_.clock(); }
  std::shared_ptr<CudaEvent> mark();  // as record(); null while it records
  std::string last_work() const { return state().last_work; }
  // For graphs: `exec` runs with host functions that fail to `target`, which is null when it has none.
  void launch(cuda::CUgraphExec exec, const std::shared_ptr<CudaFailureTarget>& target, std::string name);
  // If the stream records: CudaRecording::append().
  bool append_to_recording(const std::shared_ptr<const CudaGraph>&, const std::shared_ptr<const CudaGraph>& parameters,
                           const std::vector<CudaNode>& now);
  void leave_recording();

 private:
  // With the lock held: an ordinary copy, by whichever way the memory at its ends asks for.
  void copy_any(const Transfer&);
  void wait_for_host(EventBackend&);
  std::shared_ptr<CudaEvent> record_locked();
  void wait_quietly() noexcept;  // for all work
  struct State {
    std::string last_work;
    std::shared_ptr<CudaRecording> recording;
    std::shared_ptr<CudaStaging> staging;
  };
  State state() const;

  CudaDevice& device_;
  const int priority_;
  const std::int64_t number_;
  cuda::CUstream handle_ = nullptr;
  const std::shared_ptr<CudaFailure> failure_ = std::make_shared<CudaFailure>();
  const std::shared_ptr<CudaFailureTarget> target_ = std::make_shared<CudaFailureTarget>(failure_);
  mutable std::mutex mutex_;  // of what follows, and held while something is enqueued
  std::string last_work_;
  std::shared_ptr<CudaRecording> recording_;
  std::shared_ptr<CudaStaging> staging_;
};

}  // namespace fovea
