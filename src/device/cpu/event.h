#pragma once
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "device/backend.h"

namespace fovea {

class CpuRecording;

class CpuEvent final : public EventBackend {
 public:
  CpuEvent() = default;
  CpuEvent(std::shared_ptr<CpuRecording> recording, std::vector<int> nodes)
      : recording_(std::move(recording)), nodes_(std::move(nodes)) {}

  Device device() const override { return Device::cpu(); }
  bool done() const override;
  void wait() const override;
  double ms_since(const EventBackend& earlier) const override;
  void when_done(std::function<void()> then) override;
  bool recorded_in_graph() const override { return recording_ != nullptr; }

  void finish();
  const std::shared_ptr<CpuRecording>& recording() const { return recording_; }
  const std::vector<int>& nodes() const { return nodes_; }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  bool done_ = false;
  std::chrono::steady_clock::time_point at_;
  std::vector<std::function<void()>> then_;
  const std::shared_ptr<CpuRecording> recording_;  // with the nodes that the point comes after; null: a point in time
  const std::vector<int> nodes_;
};

}  // namespace fovea
