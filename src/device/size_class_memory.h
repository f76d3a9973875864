#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <mutex>

#include "fovea/memory.h"

namespace fovea {

// Keeps freed blocks of 64 KiB and more by size class, up to `cap` bytes, and hands them out again: no system call, no
// search, and pages that are there already. Sizes are rounded up to one of 16 classes between powers of two, so a block
// is at most 1/16 larger than its request. Over the cap the longest kept block goes. A request that the upstream
// refuses is tried again after all kept blocks are given back. Kept blocks are poisoned under the address sanitizer.
class SizeClassMemory final : public Memory {
 public:
  SizeClassMemory(std::shared_ptr<Memory> upstream, std::size_t cap);
  ~SizeClassMemory() override;
  void* allocate(std::size_t bytes) override;
  void deallocate(void* pointer, std::size_t bytes) noexcept override;
  Device device() const override;
  std::size_t kept_bytes() const;
  void trim(std::size_t keep);  // gives the longest kept blocks back until at most `keep` bytes are kept

 private:
  static constexpr std::size_t classes = 42 * 16;
  struct Kept {
    void* pointer;
    std::uint64_t age;  // when it was freed, in frees
  };
  bool drop_oldest();  // with the lock held

  std::shared_ptr<Memory> upstream_;
  std::size_t cap_;
  mutable std::mutex mutex_;
  std::array<std::deque<Kept>, classes> kept_;  // oldest first
  std::size_t kept_bytes_ = 0;
  std::uint64_t frees_ = 0;
};

}  // namespace fovea
