#include "pipeline/default_memory.h"

#include <gtest/gtest.h>

#include "base/machine.h"
#include "support/temporary_directory.h"

namespace fovea::pipeline {
namespace {

constexpr std::int64_t mib = 1 << 20;

TEST(DefaultMemory, HalfOfWhatTheMachineLeaves) {
  const test::TemporaryDirectory root;
  root.write("proc/meminfo", "MemTotal:  1048576 kB\n");
  EXPECT_EQ(default_memory(root.path()), 512 * mib);
  root.write("proc/self/status", "VmPeak:  999999 kB\nVmRSS:\t  204800 kB\n");
  EXPECT_EQ(default_memory(root.path()), (1024 - 200) / 2 * mib);
}

TEST(DefaultMemory, HalfOfWhatTheControlGroupLeaves) {
  const test::TemporaryDirectory root;
  root.write("proc/meminfo", "MemTotal:  1048576 kB\n");
  root.write("proc/self/status", "VmRSS:  102400 kB\n");
  root.write("proc/self/cgroup", "0::/job\n");
  root.write("sys/fs/cgroup/job/memory.max", std::to_string(400 * mib) + "\n");
  EXPECT_EQ(default_memory(root.path()), 150 * mib);
}

TEST(DefaultMemory, NeverLessThan64MiB) {
  const test::TemporaryDirectory root;
  EXPECT_EQ(default_memory(root.path()), 64 * mib);  // nothing known
  root.write("proc/meminfo", "MemTotal:  102400 kB\n");
  EXPECT_EQ(default_memory(root.path()), 64 * mib);
  root.write("proc/self/status", "VmRSS:  204800 kB\n");  // more than there is
  EXPECT_EQ(default_memory(root.path()), 64 * mib);
}

TEST(DefaultMemory, OddStatusIsNoUse) {
  const test::TemporaryDirectory root;
  for (const char* text : {"VmRSS: -4 kB\n", "VmRSS: 9223372036854775807 kB\n", "VmRSS: much\n", "VmRSS\n", ""}) {
    root.write("proc/self/status", text);
    EXPECT_EQ(resident_bytes(root.path()), 0) << text;
  }
  EXPECT_GT(resident_bytes("/"), mib);
}

}  // namespace
}  // namespace fovea::pipeline
