#pragma once
#include <cstdint>
#include <filesystem>

namespace fovea {

// What the process's control group and those above it allow, by cgroup v2 or v1. 0: no limit.
struct CgroupLimits {
  double cpus = 0;
  std::int64_t memory_bytes = 0;
};

// Reads `root`/proc/self/cgroup and `root`/sys/fs/cgroup; what is missing or makes no sense is no limit.
CgroupLimits read_cgroup_limits(const std::filesystem::path& root);

}  // namespace fovea
