#include "fovea/memory_adaptors.h"

namespace fovea {

MemoryAdaptor::MemoryAdaptor(std::shared_ptr<Memory> upstream) : upstream_(std::move(upstream)) {
  if (!upstream_) throw Error(Errc::invalid_argument, "memory: expected an upstream to take from, got null");
}

void* MemoryAdaptor::allocate(std::size_t bytes) {
  return bytes == 0 ? nullptr : take(bytes, nullptr);
}

void MemoryAdaptor::deallocate(void* pointer, std::size_t bytes) noexcept {
  if (pointer != nullptr) give(pointer, bytes, nullptr);
}

void* MemoryAdaptor::allocate_async(std::size_t bytes, const Stream& stream) {
  return bytes == 0 ? nullptr : take(bytes, &stream);
}

void MemoryAdaptor::deallocate_async(void* pointer, std::size_t bytes, const Stream& stream) noexcept {
  if (pointer != nullptr) give(pointer, bytes, &stream);
}

Device MemoryAdaptor::device() const {
  return upstream_->device();
}

void* MemoryAdaptor::take_upstream(std::size_t bytes, const Stream* stream) {
  return stream ? upstream_->allocate_async(bytes, *stream) : upstream_->allocate(bytes);
}

void MemoryAdaptor::give_upstream(void* pointer, std::size_t bytes, const Stream* stream) noexcept {
  stream ? upstream_->deallocate_async(pointer, bytes, *stream) : upstream_->deallocate(pointer, bytes);
}

}  // namespace fovea
