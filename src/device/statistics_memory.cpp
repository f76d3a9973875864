#include <algorithm>
#include <mutex>
#include <new>
#include <unordered_map>

#include "fovea/memory_adaptors.h"

namespace fovea {

struct StatisticsMemory::State {
  struct Block {
    std::size_t bytes;
    MemoryStatistics* tag;  // a value of by_tag, which stays where it is
  };
  mutable std::mutex mutex;
  MemoryStatistics all;
  std::map<std::string, MemoryStatistics> by_tag;
  std::unordered_map<void*, Block> blocks;

  static void add(MemoryStatistics& counts, std::size_t bytes) {
    counts.in_use += bytes;
    counts.high_water = std::max(counts.high_water, counts.in_use);
    ++counts.allocations;
  }
  void note(void* pointer, std::size_t bytes) {
    const MemoryTag* tag = MemoryTag::current();
    const std::lock_guard lock(mutex);
    MemoryStatistics& counts = by_tag[tag ? tag->path() : std::string()];
    blocks.insert_or_assign(pointer, Block{bytes, &counts});
    add(counts, bytes);
    add(all, bytes);
  }
  void forget(void* pointer) {
    const std::lock_guard lock(mutex);
    const auto found = blocks.find(pointer);
    if (found == blocks.end()) return;
    all.in_use -= found->second.bytes;
    found->second.tag->in_use -= found->second.bytes;
    blocks.erase(found);
  }
};

StatisticsMemory::StatisticsMemory(std::shared_ptr<Memory> upstream)
    : MemoryAdaptor(std::move(upstream)), state_(std::make_unique<State>()) {}
StatisticsMemory::~StatisticsMemory() = default;

void* StatisticsMemory::take(std::size_t bytes, const Stream* stream) {
  void* block = take_upstream(bytes, stream);
  try {
    state_->note(block, bytes);
  } catch (const std::bad_alloc&) {
    give_upstream(block, bytes, stream);
    throw Error(Errc::out_of_memory, "memory: cannot note a block");
  }
  return block;
}

// Forgotten first: once given back, the address may come again.
void StatisticsMemory::give(void* pointer, std::size_t bytes, const Stream* stream) noexcept {
  state_->forget(pointer);
  give_upstream(pointer, bytes, stream);
}

MemoryStatistics StatisticsMemory::statistics() const {
  const std::lock_guard lock(state_->mutex);
  return state_->all;
}

std::map<std::string, MemoryStatistics> StatisticsMemory::by_tag() const {
  const std::lock_guard lock(state_->mutex);
  return state_->by_tag;
}

}  // namespace fovea
