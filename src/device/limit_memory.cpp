#include <mutex>
#include <string>

#include "fovea/error.h"
#include "fovea/memory.h"

namespace fovea {

struct LimitMemory::State {
  std::shared_ptr<Memory> upstream;
  std::size_t maximum = 0;
  std::mutex mutex;
  std::size_t in_use = 0;

  void give_back(std::size_t bytes) {
    const std::lock_guard lock(mutex);
    in_use -= bytes;
  }
};

LimitMemory::LimitMemory(std::shared_ptr<Memory> upstream, std::size_t maximum) : state_(std::make_unique<State>()) {
  state_->upstream = std::move(upstream);
  state_->maximum = maximum;
}
LimitMemory::~LimitMemory() = default;

void* LimitMemory::allocate(std::size_t bytes) {
  {
    const std::lock_guard lock(state_->mutex);
    const std::size_t left = state_->maximum - state_->in_use;
    if (bytes > left)
      throw Error(Errc::limit_memory, "memory: expected at most " + std::to_string(left) + " more bytes of " +
                                          std::to_string(state_->maximum) + ", got a request for " +
                                          std::to_string(bytes));
    state_->in_use += bytes;
  }
  try {
    return state_->upstream->allocate(bytes);
  } catch (...) {
    state_->give_back(bytes);
    throw;
  }
}

void LimitMemory::deallocate(void* pointer, std::size_t bytes) noexcept {
  if (pointer == nullptr) return;
  state_->upstream->deallocate(pointer, bytes);
  state_->give_back(bytes);
}

Device LimitMemory::device() const {
  return state_->upstream->device();
}

}  // namespace fovea
