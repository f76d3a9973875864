#include "base/machine.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <string_view>

#include "base/cgroup.h"
#include "base/text.h"

namespace fovea {
namespace {

// What follows the colon of the first line that starts with `key`.
std::string field(const std::filesystem::path& path, std::string_view key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(key)) continue;
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::size_t value = line.find_first_not_of(" \t", colon + 1);
    return value == std::string::npos ? "" : line.substr(value);
  }
  return "";
}

}  // namespace

std::string cpu_model(const std::filesystem::path& root) {
  const std::string model = escaped(field(root / "proc/cpuinfo", "model name").substr(0, 100));
  return model.empty() ? "unknown" : model;
}

std::int64_t memory_bytes(const std::filesystem::path& root) {
  const std::string total = field(root / "proc/meminfo", "MemTotal");
  std::int64_t kilobytes = 0;
  std::from_chars(total.data(), total.data() + total.size(), kilobytes);
  std::int64_t machine = 0;
  if (kilobytes < 0 || __builtin_mul_overflow(kilobytes, std::int64_t{1024}, &machine)) machine = 0;
  const std::int64_t group = read_cgroup_limits(root).memory_bytes;
  return group > 0 && (machine == 0 || group < machine) ? group : machine;
}

std::int64_t largest_cache_bytes() {
  static const std::int64_t bytes = [] {
    const std::int64_t largest = std::max(::sysconf(_SC_LEVEL3_CACHE_SIZE), ::sysconf(_SC_LEVEL2_CACHE_SIZE));
    return largest > 0 ? largest : std::int64_t{32} << 20;
  }();
  return bytes;
}

}  // namespace fovea
