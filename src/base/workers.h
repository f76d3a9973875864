#pragma once
#include <atomic>
#include <cstdint>
#include <mutex>

namespace fovea {

// The threads that help in parallel_for, and which CPU they keep off. A Linux guest takes an idle CPU for one that its
// host has preempted, and so wakes a helper on the CPU of the thread that waits for it, where it gets its turn at the
// end of a time slice: milliseconds later. So helpers may run anywhere but on the CPU of the thread that called last.
class Workers {
 public:
  static Workers& of_process();

  void joined();    // the calling thread helps from now on
  void make_way();  // for the calling thread, which starts a job

 private:
  struct Worker {
    int thread;                          // Linux's id; 0: it has ended
    int kept_off = -1;                   // a CPU; -1: none
    std::int64_t since = INT64_MIN / 2;  // ns
  };
  struct Self;
  static constexpr int most = 256;
  Workers() = default;

  std::mutex mutex_;  // of all but `current_`
  Worker workers_[most];
  int count_ = 0;
  std::atomic<int> current_{-1};  // the CPU that all of them keep off
};

}  // namespace fovea
