#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace fovea {

std::string version();  // "0.1.0"

// min(CPUs this process may run on, cgroup quota rounded up, FOVEA_THREADS): the one number all parts share.
struct ThreadBudget {
  int threads = 1;
  int online = 1, affinity = 1;
  double quota = 0;    // CPUs by cgroup v1 or v2; 0: none
  std::string reason;  // which of them decided, for people
};
ThreadBudget thread_budget();
void set_thread_budget(int threads);  // a flag's wish; it can lower the number, not raise it above affinity and quota

struct SystemInfo {
  std::string version, compiler, cpu, simd;  // simd: the widest instruction set our kernels run with here
  std::int64_t memory_bytes = 0;             // of the machine or the cgroup, the smaller
  ThreadBudget threads;
  std::vector<std::string> devices;    // one line a device, with why it cannot be used if so
  std::vector<std::string> libraries;  // "oneDNN 2.6.3"
};
SystemInfo system_info();

}  // namespace fovea
