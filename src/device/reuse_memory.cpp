#include "device/reuse_memory.h"

#include <new>
#include <utility>

#include "fovea/error.h"

namespace fovea {
namespace {

constexpr std::size_t smallest = std::size_t{64} << 10;  // the allocator itself is good at less

}  // namespace

ReuseMemory::ReuseMemory(std::shared_ptr<Memory> upstream, std::size_t cap)
    : upstream_(std::move(upstream)), cap_(cap) {}
ReuseMemory::~ReuseMemory() {
  release();
}

ReuseMemory::Block ReuseMemory::take_kept(std::size_t bytes) {
  auto best = kept_.end();
  for (auto it = kept_.begin(); it != kept_.end(); ++it)
    if (it->bytes >= bytes && it->bytes / 2 <= bytes && (best == kept_.end() || it->bytes < best->bytes)) best = it;
  if (best == kept_.end()) return {nullptr, 0};
  const Block block = *best;
  kept_.erase(best);
  kept_bytes_ -= block.bytes;
  return block;
}

void* ReuseMemory::allocate(std::size_t bytes) {
  if (bytes < smallest) return upstream_->allocate(bytes);
  std::unique_lock lock(mutex_);
  Block block = take_kept(bytes);
  lock.unlock();
  if (block.pointer == nullptr) {
    try {
      block = {upstream_->allocate(bytes), bytes};
    } catch (const Error&) {
      release();
      block = {upstream_->allocate(bytes), bytes};
    }
  }
  lock.lock();
  try {
    in_use_.emplace(block.pointer, block.bytes);
  } catch (const std::bad_alloc&) {
    lock.unlock();
    upstream_->deallocate(block.pointer, block.bytes);
    throw Error(Errc::out_of_memory, "memory: cannot note a block");
  }
  return block.pointer;
}

void ReuseMemory::deallocate(void* pointer, std::size_t bytes) noexcept {
  if (pointer == nullptr) return;
  if (bytes < smallest) return upstream_->deallocate(pointer, bytes);
  const std::lock_guard lock(mutex_);
  const auto found = in_use_.find(pointer);
  const Block block{pointer, found == in_use_.end() ? bytes : found->second};
  if (found != in_use_.end()) in_use_.erase(found);
  try {
    if (block.bytes > cap_) return upstream_->deallocate(block.pointer, block.bytes);
    kept_.push_back(block);
  } catch (const std::bad_alloc&) {
    return upstream_->deallocate(block.pointer, block.bytes);
  }
  kept_bytes_ += block.bytes;
  std::size_t oldest = 0;
  for (; kept_bytes_ > cap_; ++oldest) {
    upstream_->deallocate(kept_[oldest].pointer, kept_[oldest].bytes);
    kept_bytes_ -= kept_[oldest].bytes;
  }
  kept_.erase(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(oldest));
}

Device ReuseMemory::device() const {
  return upstream_->device();
}

std::size_t ReuseMemory::kept_bytes() const {
  const std::lock_guard lock(mutex_);
  return kept_bytes_;
}

void ReuseMemory::release() {
  std::vector<Block> blocks;
  {
    const std::lock_guard lock(mutex_);
    blocks.swap(kept_);
    kept_bytes_ = 0;
  }
  for (const Block& block : blocks) upstream_->deallocate(block.pointer, block.bytes);
}

}  // namespace fovea
