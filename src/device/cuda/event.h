#pragma once
#include <atomic>
#include <memory>
#include <string>

#include "device/cuda/device.h"

namespace fovea {

class CudaRecording;

class CudaEvent final : public EventBackend, public std::enable_shared_from_this<CudaEvent> {
 public:
  // `after` names the last work before it, for messages.
  CudaEvent(CudaDevice&, std::string after, std::shared_ptr<CudaRecording> = nullptr);
  ~CudaEvent() override;
  CudaEvent(const CudaEvent&) = delete;
  CudaEvent& operator=(const CudaEvent&) = delete;

  Device device() const override { return device_.device(); }
  // Of a lost device, or one that cannot be asked, which loses it: done.
  bool done() const override;
  void wait() const override;
  double ms_since(const EventBackend& earlier) const override;
  // With the device current: libraries free what they made on whichever is.
  void when_done(std::function<void()> then) override;
  bool recorded_in_graph() const override { return recording_ != nullptr; }

  cuda::CUevent handle() const { return handle_; }
  bool of_lost_device() const { return device_.lost(); }
  const std::shared_ptr<CudaRecording>& recording() const { return recording_; }

 private:
  CudaDevice& device_;
  const std::string after_;
  const std::shared_ptr<CudaRecording> recording_;  // null: a point in time
  cuda::CUevent handle_ = nullptr;
  mutable std::atomic<bool> done_{false};
};

}  // namespace fovea
