#include "base/machine.h"

#include <gtest/gtest.h>

#include "support/temporary_directory.h"

namespace fovea {
namespace {

const char* const meminfo = "MemTotal:        8000 kB\nMemFree:  1 kB\n";
constexpr std::int64_t machine = 8000 * 1024;

TEST(Machine, MemoryIsTheSmaller) {
  const test::TemporaryDirectory root;
  EXPECT_EQ(memory_bytes(root.path()), 0);
  root.write("proc/meminfo", meminfo);
  EXPECT_EQ(memory_bytes(root.path()), machine);
  root.write("proc/self/cgroup", "0::/a/b\n");
  for (const auto& [text, expected] : {std::pair<const char*, std::int64_t>{"max\n", machine},
                                       {"1048576\n", 1048576},
                                       {"99999999999\n", machine},
                                       {"0\n", machine},
                                       {"-1\n", machine},
                                       {"lots\n", machine}}) {
    root.write("sys/fs/cgroup/a/memory.max", text);
    EXPECT_EQ(memory_bytes(root.path()), expected) << text;
  }
}

TEST(Machine, MemoryOfVersion1) {
  const test::TemporaryDirectory root;
  root.write("proc/meminfo", meminfo);
  root.write("proc/self/cgroup", "4:memory:/job\n");
  root.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(memory_bytes(root.path()), machine);
  root.write("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "4096\n");
  EXPECT_EQ(memory_bytes(root.path()), 4096);
}

TEST(Machine, OddMeminfo) {
  const test::TemporaryDirectory root;
  for (const char* text : {"MemTotal: 99999999999999999999 kB\n", "MemTotal: 9223372036854775807 kB\n",
                           "MemTotal: -4 kB\n", "MemTotal\n", "MemTotal:\n", ""}) {
    root.write("proc/meminfo", text);
    EXPECT_EQ(memory_bytes(root.path()), 0) << text;
  }
}

TEST(Machine, CpuModel) {
  const test::TemporaryDirectory root;
  EXPECT_EQ(cpu_model(root.path()), "unknown");
  root.write("proc/cpuinfo", "processor\t: 0\nmodel name\t: Some CPU @ 2.10GHz\nmodel name\t: Another\n");
  EXPECT_EQ(cpu_model(root.path()), "Some CPU @ 2.10GHz");
  root.write("proc/cpuinfo", "model name\t: odd\x1B[m\n");
  EXPECT_EQ(cpu_model(root.path()), "odd\\x1b[m");
}

TEST(Machine, LargestCache) {
  EXPECT_GE(largest_cache_bytes(), std::int64_t{1} << 17);
  EXPECT_LE(largest_cache_bytes(), std::int64_t{1} << 34);
}

}  // namespace
}  // namespace fovea
