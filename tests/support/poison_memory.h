#pragma once
#include <cstring>
#include <memory>

#include "fovea/memory.h"

namespace fovea::test {

// Fills what it hands out with one byte value and remembers the largest request.
class PoisonMemory final : public Memory {
 public:
  explicit PoisonMemory(int value) : value_(value) {}
  void* allocate(std::size_t bytes) override {
    largest = bytes > largest ? bytes : largest;
    void* pointer = upstream_->allocate(bytes);
    if (pointer) std::memset(pointer, value_, bytes);
    return pointer;
  }
  void deallocate(void* pointer, std::size_t bytes) noexcept override { upstream_->deallocate(pointer, bytes); }
  Device device() const override { return Device::cpu(); }

  std::size_t largest = 0;

 private:
  int value_;
  std::shared_ptr<Memory> upstream_ = host_memory();
};

}  // namespace fovea::test
