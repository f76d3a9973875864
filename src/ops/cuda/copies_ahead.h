#pragma once
#include <cstdint>
#include <cstring>

#include "kernel/launch.h"

namespace fovea::ops::FOVEA_PASS {

// A lane's copies from global to shared memory that go on while it computes, in groups of at most `most`. The host
// makes them as late as it may, so that its tests see a missing wait.
template <int most>
class CopiesAhead {
 public:
  // 4 or 16 bytes, at multiples of as many; zeros unless they are `there`.
  template <int bytes>
  FOVEA_HD void copy(void* to, const void* from, bool there) {
    static_assert(bytes == 4 || bytes == 16);
#if defined(__CUDA_ARCH__)
    const auto at = static_cast<unsigned>(__cvta_generic_to_shared(to));
    const int read = there ? bytes : 0;
    if constexpr (bytes == 16)
      asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(at), "l"(from), "r"(read) : "memory");
    else
      asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;" ::"r"(at), "l"(from), "r"(read) : "memory");
#else
    copies_[count_++] = {to, from, bytes, there};
    if (at_once()) make(copies_[count_ - 1]);
#endif
  }

  // Ends a group, which may be empty.
  FOVEA_HD void commit() {
#if defined(__CUDA_ARCH__)
    asm volatile("cp.async.commit_group;" ::: "memory");
#else
    last_ = open_;
    open_ = count_;
#endif
  }

  // Until all groups but the last have arrived. Other lanes see them behind a barrier.
  FOVEA_HD void wait() {
#if defined(__CUDA_ARCH__)
    asm volatile("cp.async.wait_group 1;" ::: "memory");
#else
    for (int k = 0; k < last_ && !at_once(); ++k) make(copies_[k]);
    for (int k = last_; k < count_; ++k) copies_[k - last_] = copies_[k];
    count_ -= last_;
    open_ -= last_;
    last_ = 0;
#endif
  }

#if !defined(__CUDA_ARCH__)
 private:
  struct Copy {
    void* to;
    const void* from;
    std::size_t bytes;
    bool there;
  };
  static void make(const Copy& copy) {
    copy.there ? std::memcpy(copy.to, copy.from, copy.bytes) : std::memset(copy.to, 0, copy.bytes);
  }
  static bool at_once() {
#if defined(__CUDACC__)
    return true;
#else
    return lane_order_now == LaneOrder::forward;
#endif
  }
  Copy copies_[2 * most];
  int count_ = 0, last_ = 0, open_ = 0;  // copies; where the last group begins, and the one that is not ended
#endif
};

}  // namespace fovea::ops::FOVEA_PASS
