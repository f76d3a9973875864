#include <mutex>
#include <string>

#include "fovea/memory_adaptors.h"

namespace fovea {

struct LimitMemory::State {
  std::size_t maximum = 0;
  std::mutex mutex;
  std::size_t in_use = 0;

  void reserve(std::size_t bytes) {
    const std::lock_guard lock(mutex);
    const std::size_t left = maximum - in_use;
    if (bytes > left)
      throw Error(Errc::limit_memory, "memory: expected at most " + std::to_string(left) + " more bytes of " +
                                          std::to_string(maximum) + ", got a request for " + std::to_string(bytes));
    in_use += bytes;
  }
  void give_back(std::size_t bytes) {
    const std::lock_guard lock(mutex);
    in_use -= bytes;
  }
};

LimitMemory::LimitMemory(std::shared_ptr<Memory> upstream, std::size_t maximum)
    : MemoryAdaptor(std::move(upstream)), state_(std::make_unique<State>()) {
  state_->maximum = maximum;
}
LimitMemory::~LimitMemory() = default;

void* LimitMemory::take(std::size_t bytes, const Stream* stream) {
  state_->reserve(bytes);
  try {
    return take_upstream(bytes, stream);
  } catch (...) {
    state_->give_back(bytes);
    throw;
  }
}

void LimitMemory::give(void* pointer, std::size_t bytes, const Stream* stream) noexcept {
  give_upstream(pointer, bytes, stream);
  state_->give_back(bytes);
}

}  // namespace fovea
