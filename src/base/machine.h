#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

namespace fovea {

// The processor's model by `root`/proc/cpuinfo, or "unknown".
std::string cpu_model(const std::filesystem::path& root);

// The smaller of the machine's memory (`root`/proc/meminfo) and the control group's. 0: neither is known.
std::int64_t memory_bytes(const std::filesystem::path& root);

// What this process has in memory now (`root`/proc/self/status). 0: not known.
std::int64_t resident_bytes(const std::filesystem::path& root);

// Of the largest cache that this processor has, all of it; 32 MiB where the system does not say.
std::int64_t largest_cache_bytes();

}  // namespace fovea
