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

// Of a field in kilobytes. 0: none, or no sensible number.
std::int64_t bytes_in(const std::filesystem::path& path, std::string_view key) {
  const std::string text = field(path, key);
  std::int64_t kilobytes = 0, bytes = 0;
  std::from_chars(text.data(), text.data() + text.size(), kilobytes);
  return kilobytes < 0 || __builtin_mul_overflow(kilobytes, std::int64_t{1024}, &bytes) ? 0 : bytes;
}

}  // namespace

std::string cpu_model(const std::filesystem::path& root) {
  const std::string model = escaped(field(root / "proc/cpuinfo", "model name").substr(0, 100));
  return model.empty() ? "unknown" : model;
}

std::int64_t memory_bytes(const std::filesystem::path& root) {
  const std::int64_t machine = bytes_in(root / "proc/meminfo", "MemTotal");
  const std::int64_t group = read_cgroup_limits(root).memory_bytes;
  return group > 0 && (machine == 0 || group < machine) ? group : machine;
}

std::int64_t resident_bytes(const std::filesystem::path& root) {
  return bytes_in(root / "proc/self/status", "VmRSS");
}

std::int64_t largest_cache_bytes() {
  static const std::int64_t bytes = [] {
    const std::int64_t largest = std::max(::sysconf(_SC_LEVEL3_CACHE_SIZE), ::sysconf(_SC_LEVEL2_CACHE_SIZE));
    return largest > 0 ? largest : std::int64_t{32} << 20;
  }();
  return bytes;
}

}  // namespace fovea
