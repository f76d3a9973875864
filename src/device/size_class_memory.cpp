#include "device/size_class_memory.h"

#include <bit>
#include <new>

#include "device/poison.h"
#include "fovea/error.h"

namespace fovea {
namespace {

constexpr std::size_t smallest = std::size_t{64} << 10;  // the allocator itself is good at less
constexpr int class_bits = 4;                            // 2^4 classes between powers of two
constexpr std::size_t largest = std::size_t{1} << 46;    // more goes to the upstream as it is

bool pooled(std::size_t bytes) {
  return bytes >= smallest && bytes <= largest;
}

struct Class {
  std::size_t index, bytes;
};

Class class_of(std::size_t bytes) {
  const int shift = static_cast<int>(std::bit_width(bytes - 1)) - 1 - class_bits;
  const std::size_t units = ((bytes - 1) >> shift) + 1;  // 17 to 32, of 2^shift bytes
  return {static_cast<std::size_t>(shift) << class_bits | (units - 17), units << shift};
}

std::size_t class_bytes(std::size_t index) {
  return ((index & 15) + 17) << (index >> class_bits);
}

}  // namespace

SizeClassMemory::SizeClassMemory(std::shared_ptr<Memory> upstream, std::size_t cap)
    : upstream_(std::move(upstream)), cap_(cap) {}
SizeClassMemory::~SizeClassMemory() {
  trim(0);
}

void* SizeClassMemory::allocate(std::size_t bytes) {
  if (!pooled(bytes)) return upstream_->allocate(bytes);
  const Class c = class_of(bytes);
  {
    const std::lock_guard lock(mutex_);
    if (auto& blocks = kept_[c.index]; !blocks.empty()) {
      void* block = blocks.back().pointer;  // the warmest
      blocks.pop_back();
      kept_bytes_ -= c.bytes;
      unpoison(block, bytes);
      return block;
    }
  }
  void* block = nullptr;
  try {
    block = upstream_->allocate(c.bytes);
  } catch (const Error&) {
    trim(0);
    block = upstream_->allocate(c.bytes);
  }
  poison(static_cast<std::byte*>(block) + bytes, c.bytes - bytes);
  return block;
}

void SizeClassMemory::deallocate(void* pointer, std::size_t bytes) noexcept {
  if (pointer == nullptr) return;
  if (!pooled(bytes)) return upstream_->deallocate(pointer, bytes);
  const Class c = class_of(bytes);
  try {
    const std::lock_guard lock(mutex_);
    if (c.bytes <= cap_) {
      kept_[c.index].push_back({pointer, frees_++});
      poison(pointer, c.bytes);
      kept_bytes_ += c.bytes;
      while (kept_bytes_ > cap_ && drop_oldest()) continue;
      return;
    }
  } catch (const std::bad_alloc&) {
    // Not kept.
  }
  unpoison(pointer, c.bytes);
  upstream_->deallocate(pointer, c.bytes);
}

bool SizeClassMemory::drop_oldest() {
  std::size_t oldest = classes;
  for (std::size_t k = 0; k < classes; ++k)
    if (!kept_[k].empty() && (oldest == classes || kept_[k].front().age < kept_[oldest].front().age)) oldest = k;
  if (oldest == classes) return false;
  void* block = kept_[oldest].front().pointer;
  kept_[oldest].pop_front();
  kept_bytes_ -= class_bytes(oldest);
  unpoison(block, class_bytes(oldest));
  upstream_->deallocate(block, class_bytes(oldest));
  return true;
}

Device SizeClassMemory::device() const {
  return upstream_->device();
}

std::size_t SizeClassMemory::kept_bytes() const {
  const std::lock_guard lock(mutex_);
  return kept_bytes_;
}

void SizeClassMemory::trim(std::size_t keep) {
  const std::lock_guard lock(mutex_);
  while (kept_bytes_ > keep && drop_oldest()) continue;
}

}  // namespace fovea
