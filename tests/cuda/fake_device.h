#pragma once
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <thread>
#include <vector>

#include "device/cuda/afterwork.h"
#include "device/cuda/device.h"
#include "support/fake_cuda/fake_cuda.h"

namespace fovea::test {

// A device that no other test has lost, and not one of those that backend() makes. It lives as long as the process, as
// a device does.
inline CudaDevice& fresh_device(int index = 2) {
  static std::vector<CudaDevice*>& all = *new std::vector<CudaDevice*>;
  all.push_back(new CudaDevice(cuda_driver(), index));
  return *all.back();
}

// Until all that waits for events, or was put off by host functions, has run.
inline void drain_afterwork() {
  while (cuda_afterwork().pending() > 0) std::this_thread::yield();
}

inline std::map<std::string, long> live_handles() {
  std::map<std::string, long> counts;
  for (const char* kind : {"stream", "event", "graph", "exec", "module", "device", "pinned"})
    counts[kind] = fake_cuda_live(kind);
  return counts;
}

class FakeCuda : public testing::Test {
 protected:
  ~FakeCuda() override {
    fake_cuda_reset();
    drain_afterwork();
  }
};

}  // namespace fovea::test
