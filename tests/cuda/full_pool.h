#pragma once
#include <memory>
#include <utility>
#include <vector>

#include "fovea/memory_adaptors.h"
#include "support/fake_cuda/fake_cuda.h"

namespace fovea::test {

// While it lives the pool of the device has `left` bytes at a place and the driver gives it no more.
class FullPool {
 public:
  FullPool(Device device, std::size_t left) : pool_(std::dynamic_pointer_cast<PoolMemory>(device_memory(device))) {
    constexpr int out_of_memory = 2;  // CUDA_ERROR_OUT_OF_MEMORY
    pool_->trim();
    // One block is left, and none of the gaps between what others hold.
    void* const kept = left > 0 ? pool_->allocate(left) : nullptr;
    fake_cuda_fail("cuMemAlloc_v2", 1, out_of_memory, FakeCudaFault::forever);
    for (std::size_t free = pool_->statistics().largest_free; free > 0; free = pool_->statistics().largest_free)
      taken_.emplace_back(pool_->allocate(free), free);
    if (kept) pool_->deallocate(kept, left);
  }
  ~FullPool() {
    fake_cuda_reset();
    for (const auto& [block, bytes] : taken_) pool_->deallocate(block, bytes);
  }
  FullPool(const FullPool&) = delete;
  FullPool& operator=(const FullPool&) = delete;

 private:
  std::shared_ptr<PoolMemory> pool_;
  std::vector<std::pair<void*, std::size_t>> taken_;
};

}  // namespace fovea::test
