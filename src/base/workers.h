#pragma once
#include <sched.h>

#include <atomic>
#include <cstdint>
#include <mutex>

namespace fovea {

// The threads that help in parallel_for, and which CPU they keep off. A Linux guest takes an idle CPU for one that its
// host has preempted, and so wakes a helper on the CPU of the thread that waits for it, where it gets its turn at the
// end of a time slice: milliseconds later. So a helper may run on the CPUs that it was given but for that of the thread
// that called last. Of more than 1024 CPUs or 256 helpers, the rest is left as it is.
class Workers {
 public:
  static Workers& of_process();

  void joined();    // the calling thread helps from now on
  void make_way();  // for the calling thread, which starts a job

 private:
  struct Worker {
    int thread = 0;            // Linux's id; 0: it has ended
    cpu_set_t given, applied;  // CPUs, by others and by us
    int kept_off = -1;         // a CPU; -1: none
    std::int64_t since = 0;    // ns; of `kept_off`
  };
  struct Self;
  static constexpr int most = 256;
  Workers();
  static bool keep_off(Worker&, int cpu);

  const int process_;
  std::mutex mutex_;  // of the next two
  Worker workers_[most];
  int count_ = 0;
  std::atomic<int> current_{-1};  // the CPU that all of them keep off
};

}  // namespace fovea
