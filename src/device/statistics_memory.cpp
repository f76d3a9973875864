#include <algorithm>
#include <mutex>

#include "fovea/memory.h"

namespace fovea {

struct StatisticsMemory::State {
  std::shared_ptr<Memory> upstream;
  std::mutex mutex;
  MemoryStatistics statistics;
};

StatisticsMemory::StatisticsMemory(std::shared_ptr<Memory> upstream) : state_(std::make_unique<State>()) {
  state_->upstream = std::move(upstream);
}
StatisticsMemory::~StatisticsMemory() = default;

void* StatisticsMemory::allocate(std::size_t bytes) {
  void* block = state_->upstream->allocate(bytes);
  if (block == nullptr) return nullptr;
  const std::lock_guard lock(state_->mutex);
  MemoryStatistics& counts = state_->statistics;
  counts.in_use += bytes;
  counts.high_water = std::max(counts.high_water, counts.in_use);
  ++counts.allocations;
  return block;
}

void StatisticsMemory::deallocate(void* pointer, std::size_t bytes) noexcept {
  if (pointer == nullptr) return;
  state_->upstream->deallocate(pointer, bytes);
  const std::lock_guard lock(state_->mutex);
  state_->statistics.in_use -= bytes;
}

Device StatisticsMemory::device() const {
  return state_->upstream->device();
}

MemoryStatistics StatisticsMemory::statistics() const {
  const std::lock_guard lock(state_->mutex);
  return state_->statistics;
}

}  // namespace fovea
