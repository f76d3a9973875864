#pragma once
#include <mutex>
#include <unordered_map>
#include <vector>

#include "fovea/memory.h"

namespace fovea {

// Keeps freed blocks, up to `cap` bytes, and hands them out again: a block that was used has its pages already. Takes
// the smallest kept block that fits and is at most twice the request; over the cap the longest kept ones go.
class ReuseMemory final : public Memory {
 public:
  ReuseMemory(std::shared_ptr<Memory> upstream, std::size_t cap);
  ~ReuseMemory() override;  // blocks still in use must not be left
  void* allocate(std::size_t bytes) override;
  void deallocate(void* pointer, std::size_t bytes) noexcept override;
  Device device() const override;
  std::size_t kept_bytes() const;
  void release();  // gives all kept blocks back to the upstream

 private:
  struct Block {
    void* pointer;
    std::size_t bytes;
  };
  Block take_kept(std::size_t bytes);

  std::shared_ptr<Memory> upstream_;
  std::size_t cap_;
  mutable std::mutex mutex_;
  std::vector<Block> kept_;  // oldest first
  std::size_t kept_bytes_ = 0;
  std::unordered_map<void*, std::size_t> in_use_;  // the blocks' own sizes
};

}  // namespace fovea
