#include "base/cgroup.h"

#include <charconv>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

namespace fovea {
namespace {

namespace fs = std::filesystem;

std::optional<std::string> first_line(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  return line;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::int64_t> number_in(const fs::path& path) {
  const auto line = first_line(path);
  return line ? whole_number(*line) : std::nullopt;
}

double cpus_of(std::optional<std::int64_t> quota, std::optional<std::int64_t> period) {
  if (!quota || !period || *quota <= 0 || *period <= 0) return 0;
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

// "200000 100000", "max 100000"; the period is 100000 where it is left out.
double cpus_v2(const fs::path& folder) {
  const auto line = first_line(folder / "cpu.max");
  if (!line) return 0;
  const std::size_t space = line->find(' ');
  const auto quota = whole_number(std::string_view(*line).substr(0, space));
  if (space == std::string::npos) return cpus_of(quota, 100000);
  return cpus_of(quota, whole_number(std::string_view(*line).substr(space + 1)));
}

double cpus_v1(const fs::path& folder) {
  return cpus_of(number_in(folder / "cpu.cfs_quota_us"), number_in(folder / "cpu.cfs_period_us"));
}

// Version 1 says "no limit" by a number near 2^63.
std::int64_t memory_of(std::optional<std::int64_t> bytes) {
  return bytes && *bytes > 0 && *bytes < std::int64_t{1} << 60 ? *bytes : 0;
}
std::int64_t memory_v2(const fs::path& folder) {
  return memory_of(number_in(folder / "memory.max"));
}
std::int64_t memory_v1(const fs::path& folder) {
  return memory_of(number_in(folder / "memory.limit_in_bytes"));
}

template <class T>
T tighter(T a, T b) {
  return a == 0 || (b != 0 && b < a) ? b : a;
}

// The tightest limit from `group` up to the mount point. In a container the upper part of `group` may not be mounted:
// what does not exist is passed by.
template <class Read>
auto tightest(const fs::path& mount, std::string_view group, Read read) {
  auto limit = read(mount);
  fs::path folder = mount;
  for (const fs::path& part : fs::path(group).relative_path()) {
    if (part == "..") break;
    folder /= part;
    limit = tighter(limit, read(folder));
  }
  return limit;
}

bool lists(std::string_view controllers, std::string_view wanted) {
  while (!controllers.empty()) {
    const std::size_t comma = controllers.find(',');
    if (controllers.substr(0, comma) == wanted) return true;
    if (comma == std::string_view::npos) break;
    controllers.remove_prefix(comma + 1);
  }
  return false;
}

}  // namespace

CgroupLimits read_cgroup_limits(const fs::path& root) {
  CgroupLimits limits;
  const fs::path base = root / "sys/fs/cgroup";
  std::ifstream groups(root / "proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {  // "4:cpu,cpuacct:/group" or "0::/group"
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const auto controllers = std::string_view(line).substr(first + 1, second - first - 1);
    const auto group = std::string_view(line).substr(second + 1);
    if (controllers.empty()) {
      for (const fs::path& mount : {base, base / "unified"}) {
        limits.cpus = tighter(limits.cpus, tightest(mount, group, cpus_v2));
        limits.memory_bytes = tighter(limits.memory_bytes, tightest(mount, group, memory_v2));
      }
    }
    for (const fs::path& mount : {base / "cpu", base / "cpu,cpuacct", base / "cpuacct,cpu"})
      if (lists(controllers, "cpu")) limits.cpus = tighter(limits.cpus, tightest(mount, group, cpus_v1));
    if (lists(controllers, "memory"))
      limits.memory_bytes = tighter(limits.memory_bytes, tightest(base / "memory", group, memory_v1));
  }
  return limits;
}

}  // namespace fovea
