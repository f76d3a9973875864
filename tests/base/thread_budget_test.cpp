#include <gtest/gtest.h>
#include <sched.h>

#include <thread>
#include <utility>
#include <vector>

#include "base/threads.h"
#include "support/expect_error.h"
#include "support/temporary_directory.h"

namespace fovea {
namespace {

using test::expect_error;
using Files = std::vector<std::pair<std::string, std::string>>;

struct Case {
  const char* what;
  Files files;
  double quota;
};

const std::string v2 = "sys/fs/cgroup/", v1 = "sys/fs/cgroup/cpu/", group = "proc/self/cgroup";

const std::vector<Case> cases{
    {"nothing there", {}, 0},
    {"v2 at the root", {{group, "0::/\n"}, {v2 + "cpu.max", "150000 100000\n"}}, 1.5},
    {"v2 max", {{group, "0::/\n"}, {v2 + "cpu.max", "max 100000\n"}}, 0},
    {"v2 without a period", {{group, "0::/a\n"}, {v2 + "a/cpu.max", "50000\n"}}, 0.5},
    {"v2 nested, the upper one is tighter",
     {{group, "0::/a/b\n"}, {v2 + "a/cpu.max", "100000 100000\n"}, {v2 + "a/b/cpu.max", "400000 100000\n"}},
     1},
    {"v2 nested, the lower one is tighter",
     {{group, "0::/a/b\n"}, {v2 + "a/cpu.max", "max 100000\n"}, {v2 + "a/b/cpu.max", "75000 50000\n"}},
     1.5},
    {"v2 in a container: the group's path is the host's",
     {{group, "0::/docker/4f2\n"}, {v2 + "cpu.max", "200000 100000\n"}},
     2},
    {"v2 outside the namespace",
     {{group, "0::/../x\n"}, {v2 + "cpu.max", "200000 100000\n"}, {"sys/fs/x/cpu.max", "1 1\n"}},
     2},
    {"v2 of another group", {{group, "0::/a\n"}, {v2 + "b/cpu.max", "100000 100000\n"}}, 0},
    {"v2 beside v1", {{group, "1:cpu:/\n0::/\n"}, {v2 + "unified/cpu.max", "100000 100000\n"}}, 1},
    {"v1",
     {{group, "3:memory:/m\n2:cpu,cpuacct:/c\n"},
      {v1 + "c/cpu.cfs_quota_us", "250000\n"},
      {v1 + "c/cpu.cfs_period_us", "100000\n"}},
     2.5},
    {"v1 no limit",
     {{group, "2:cpu:/\n"}, {v1 + "cpu.cfs_quota_us", "-1\n"}, {v1 + "cpu.cfs_period_us", "100000\n"}},
     0},
    {"v1 in another group's file",
     {{group, "2:cpuset:/\n"}, {v1 + "cpu.cfs_quota_us", "100000\n"}, {v1 + "cpu.cfs_period_us", "100000\n"}},
     0},
    {"garbage quota", {{group, "0::/\n"}, {v2 + "cpu.max", "many CPUs\n"}}, 0},
    {"garbage period", {{group, "0::/\n"}, {v2 + "cpu.max", "100000 0\n"}}, 0},
    {"negative quota", {{group, "0::/\n"}, {v2 + "cpu.max", "-5 100000\n"}}, 0},
    {"overlong number", {{group, "0::/\n"}, {v2 + "cpu.max", "99999999999999999999 100000\n"}}, 0},
    {"empty file", {{group, "0::/\n"}, {v2 + "cpu.max", ""}}, 0},
    {"garbage group", {{group, "no colons\n\n:\n"}, {v2 + "cpu.max", "100000 100000\n"}}, 0},
};

int allowed_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return ::sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

TEST(ThreadBudget, QuotaOfFakeMachines) {
  for (const Case& c : cases) {
    const test::TemporaryDirectory root;
    for (const auto& [name, text] : c.files) root.write(name, text);
    const ThreadBudget budget = read_thread_budget(root.path(), nullptr);
    EXPECT_DOUBLE_EQ(budget.quota, c.quota) << c.what;
    EXPECT_EQ(budget.affinity, allowed_cpus()) << c.what;
    const int by_quota = c.quota == 0 ? budget.affinity : c.quota <= 1 ? 1 : c.quota <= 2 ? 2 : 3;
    EXPECT_EQ(budget.threads, std::min(budget.affinity, by_quota)) << c.what;
  }
}

TEST(ThreadBudget, ReasonNamesWhatDecided) {
  const test::TemporaryDirectory root;
  EXPECT_NE(read_thread_budget(root.path(), "").reason.find("CPUs may be used"), std::string::npos);
  EXPECT_NE(read_thread_budget(root.path(), "4096").reason.find("(FOVEA_THREADS asks for 4096)"), std::string::npos);
  if (allowed_cpus() < 2) GTEST_SKIP() << "needs two CPUs";
  EXPECT_EQ(read_thread_budget(root.path(), "1").reason, "FOVEA_THREADS asks for 1");
  root.write("proc/self/cgroup", "0::/\n");
  root.write("sys/fs/cgroup/cpu.max", "50000 100000\n");
  EXPECT_EQ(read_thread_budget(root.path(), nullptr).reason, "the control group allows 0.5 CPUs");
  EXPECT_EQ(read_thread_budget(root.path(), "2").threads, 1);
}

TEST(ThreadBudget, AbsurdWishes) {
  const test::TemporaryDirectory root;
  for (const char* wish : {"0", "-1", "4097", "99999999999999999999", "two", "2 ", " 2", "1.5", "0x2", "\x1B[31m"})
    expect_error(Errc::invalid_argument, "FOVEA_THREADS", [&] { read_thread_budget(root.path(), wish); });
}

TEST(ThreadBudget, AffinityOfTheThread) {
  std::thread([] {
    cpu_set_t before, one;
    CPU_ZERO(&before);
    ASSERT_EQ(::sched_getaffinity(0, sizeof before, &before), 0);
    CPU_ZERO(&one);
    for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++cpu)
      if (CPU_ISSET(cpu, &before)) CPU_SET(cpu, &one);
    ASSERT_EQ(::sched_setaffinity(0, sizeof one, &one), 0);
    const test::TemporaryDirectory root;
    EXPECT_EQ(read_thread_budget(root.path(), "8").threads, 1);
  }).join();
}

TEST(ThreadBudget, SetLowersAndNeverRaises) {
  const ThreadBudget before = thread_budget();
  const int most =
      before.quota > 0 ? std::min<int>(before.affinity, static_cast<int>(before.quota + 0.999999)) : before.affinity;
  set_thread_budget(1);
  EXPECT_EQ(thread_budget().threads, 1);
  EXPECT_EQ(usable_threads(), 1);
  set_thread_budget(4096);
  EXPECT_EQ(thread_budget().threads, most);
  expect_error(Errc::invalid_argument, "threads", [] { set_thread_budget(0); });
  EXPECT_EQ(thread_budget().threads, most);
  set_thread_budget(before.threads);
}

TEST(ThreadLimit, LowersForOneThreadOnly) {
  const int all = usable_threads();
  {
    const ThreadLimit outer(1);
    EXPECT_EQ(usable_threads(), 1);
    {
      const ThreadLimit inner(64);
      EXPECT_EQ(usable_threads(), 1);
    }
    std::thread([all] { EXPECT_EQ(usable_threads(), all); }).join();
  }
  EXPECT_EQ(usable_threads(), all);
}

}  // namespace
}  // namespace fovea
