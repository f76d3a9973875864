#include "fovea/memory.h"

#include "device/backend.h"
#include "device/keep_alive.h"

namespace fovea {

void* Memory::allocate_async(std::size_t bytes, const Stream&) {
  return allocate(bytes);
}

// A stream that cannot take an event any more (no thread, no memory) is waited for instead.
void Memory::deallocate_async(void* pointer, std::size_t bytes, const Stream& stream) noexcept {
  if (pointer == nullptr) return;
  try {
    when_past(stream, [self = weak_from_this().lock(), this, pointer, bytes] { deallocate(pointer, bytes); });
  } catch (...) {
    stream.backend()->settle();
    deallocate(pointer, bytes);
  }
}

std::shared_ptr<Memory> device_memory(Device device) {
  return backend(device).memory();
}

std::shared_ptr<Memory> pinned_memory(Device device) {
  return backend(device).pinned_memory();
}

}  // namespace fovea
