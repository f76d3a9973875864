#include "device/cuda/words.h"

#include <atomic>

namespace fovea {
namespace {

constexpr std::size_t words_a_block = 256;

}  // namespace

std::shared_ptr<std::uint32_t> CudaWords::take() {
  const std::lock_guard lock(mutex_);
  if (free_.empty()) {
    free_.reserve(words_a_block);
    void* block = nullptr;
    device_.run(&CudaFunctions::cuMemHostAlloc, &block, words_a_block * sizeof(std::uint32_t),
                unsigned{cuda::mem_host_alloc_portable});
    for (std::size_t i = 0; i < words_a_block; ++i) free_.push_back(static_cast<std::uint32_t*>(block) + i);
  }
  std::uint32_t* word = free_.back();
  const auto give_back = [this](std::uint32_t* used) {
    const std::lock_guard guard(mutex_);
    free_.push_back(used);
  };
  std::shared_ptr<std::uint32_t> result(word, give_back);
  free_.pop_back();
  std::atomic_ref(*word).store(0);
  return result;
}

void CudaWords::abandon(std::shared_ptr<std::uint32_t> word) {
  const std::lock_guard lock(mutex_);
  abandoned_.push_back(std::move(word));
}

void CudaWords::set(std::uint32_t& word) {
  std::atomic_ref(word).store(1, std::memory_order_release);
}

}  // namespace fovea
