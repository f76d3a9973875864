#pragma once
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "device/cuda/device.h"

namespace fovea {

// Words of page-locked memory that streams wait for until the host sets them.
class CudaWords {
 public:
  explicit CudaWords(CudaDevice& device) : device_(device) {}
  // A word that is 0. It may be given out again when the last pointer to it has gone. Throws Error(device_memory).
  std::shared_ptr<std::uint32_t> take();
  void abandon(std::shared_ptr<std::uint32_t>);  // never gives it out again
  static void set(std::uint32_t& word);          // to 1

 private:
  std::uint32_t* pop();

  CudaDevice& device_;
  std::mutex mutex_;
  std::size_t made_ = 0;
  std::vector<std::uint32_t*> free_;  // of blocks that the process keeps
  std::vector<std::shared_ptr<std::uint32_t>> abandoned_;
};

}  // namespace fovea
