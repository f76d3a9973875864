#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace fovea {

std::string version();  // "0.1.0"

// min(CPUs this process may run on, cgroup quota rounded up, FOVEA_THREADS): the one number all parts share. Read once,
// at the first use. Throws Error(invalid_argument) when FOVEA_THREADS is no number from 1 to 4096. Thread-safe.
struct ThreadBudget {
  int threads = 1;
  int online = 1, affinity = 1;
  double quota = 0;    // CPUs by cgroup v1 or v2; 0: none
  std::string reason;  // which of them decided, for people
};
ThreadBudget thread_budget();
// A flag's wish, in place of FOVEA_THREADS; it can lower the number, not raise it above affinity and quota. For work
// that starts later. Throws Error(invalid_argument) for less than 1 or more than 4096.
void set_thread_budget(int threads);

struct SystemInfo {
  std::string version, compiler, cpu, simd;  // simd: the widest instruction set our kernels run with here
  std::int64_t memory_bytes = 0;             // of the machine or the cgroup, the smaller
  ThreadBudget threads;
  std::vector<std::string> devices;    // one line a device, with why it cannot be used if so
  std::vector<std::string> libraries;  // "oneDNN 2.6.3"
};
// Asks the machine and the CUDA driver, if there is one: the first call may take a second. Throws as thread_budget().
SystemInfo system_info();

}  // namespace fovea
