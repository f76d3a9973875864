#include "device/cuda/words.h"

#include <atomic>

namespace fovea {
namespace {

constexpr std::size_t words_a_block = 256;

}  // namespace

std::uint32_t* CudaWords::pop() {
  const std::lock_guard lock(mutex_);
  if (free_.empty()) {
    free_.reserve(made_ + words_a_block);  // for all, so that none that comes back needs memory
    void* block = nullptr;
    device_.run(&CudaFunctions::cuMemHostAlloc, &block, words_a_block * sizeof(std::uint32_t),
                unsigned{cuda::mem_host_alloc_portable});
    for (std::size_t i = 0; i < words_a_block; ++i) free_.push_back(static_cast<std::uint32_t*>(block) + i);
    made_ += words_a_block;
  }
  std::uint32_t* word = free_.back();
  free_.pop_back();
  return word;
}

std::shared_ptr<std::uint32_t> CudaWords::take() {
  const auto give_back = [this](std::uint32_t* used) {
    const std::lock_guard lock(mutex_);
    free_.push_back(used);
  };
  const std::shared_ptr<std::uint32_t> word(pop(), give_back);
  std::atomic_ref(*word).store(0);
  return word;
}

void CudaWords::abandon(std::shared_ptr<std::uint32_t> word) {
  const std::lock_guard lock(mutex_);
  abandoned_.push_back(std::move(word));
}

void CudaWords::set(std::uint32_t& word) {
  std::atomic_ref(word).store(1, std::memory_order_release);
}

}  // namespace fovea
