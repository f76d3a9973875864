#pragma once
#include <map>
#include <mutex>

#include "fovea/model.h"

namespace fovea::pipeline {

// One network on several devices, copied to each when it is first asked for there. Thread-safe.
class ModelPlaces {
 public:
  explicit ModelPlaces(const Model& model) { models_.emplace(model.device(), model); }

  // Throws what Model::to() throws.
  const Model& on(Device device) {
    const std::scoped_lock lock(mutex_);
    const auto at = models_.find(device);
    return at != models_.end() ? at->second : models_.emplace(device, models_.begin()->second.to(device)).first->second;
  }

 private:
  std::mutex mutex_;
  std::map<Device, Model> models_;  // nodes stay where they are
};

}  // namespace fovea::pipeline
