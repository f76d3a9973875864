#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "device/profile/made_profile.h"
#include "device/profile/quantities.h"

namespace fovea {
namespace {

using test::made_profile;
using testing::HasSubstr;
using testing::Not;

const Device cpu = Device::cpu(), cuda = Device::cuda();

TEST(Quantities, AreRoundedInTheirUnit) {
  using namespace profiler;
  EXPECT_EQ(time_text(0), "0 ns");
  EXPECT_EQ(time_text(999), "999 ns");
  EXPECT_EQ(time_text(1000), "1.000 us");
  EXPECT_EQ(time_text(999'499), "999.499 us");
  EXPECT_EQ(time_text(999'999), "999.999 us");
  EXPECT_EQ(time_text(12'345'678), "12.346 ms");
  EXPECT_EQ(time_text(999'999'600), "1.000 s");
  EXPECT_EQ(time_text(61'234'000'000), "61.234 s");
  EXPECT_EQ(bytes_text(999), "999 B");
  EXPECT_EQ(bytes_text(1'500), "1.50 kB");
  EXPECT_EQ(bytes_text(999'999), "1.00 MB");
  EXPECT_EQ(bytes_text(2'340'000'000), "2.34 GB");
  EXPECT_EQ(percent_text(1, 3), "33.33 %");
  EXPECT_EQ(percent_text(1, 0), "0.00 %");
  EXPECT_EQ(count_text(1, "span"), "1 span");
  EXPECT_EQ(count_text(2, "span"), "2 spans");
  EXPECT_EQ(shown("a\nb\x1b\x7f\xc3\xa4"), "a?b??\xc3\xa4");
}

TEST(ProfileReport, HasATableForEachActivityAndDevice) {
  Profile profile = made_profile(4'000, {{Activity::op, cpu, "relu/simd", 0, 100},
                                         {Activity::op, cpu, "relu/simd", 100, 400},
                                         {Activity::op, cpu, "add/portable", 500, 1700},
                                         {Activity::copy, cpu, "cpu to cuda:0", 2000, 2500, 4000, cpu, cuda},
                                         {Activity::wait, cpu, "stream", 3000, 3001}});
  std::swap(profile.groups[0], profile.groups[1]);
  for (ProfileSpan& span : profile.spans)
    if (span.group < 2) span.group = 1 - span.group;
  profile.groups[0].median_ns = 1200;
  profile.groups[1].median_ns = 200;
  profile.groups[2].median_ns = 500;
  profile.groups[3].median_ns = 1;
  const std::string report = profile_report(profile);
  EXPECT_THAT(report, testing::StartsWith(
                          "Profile of 4.000 us, 5 spans\n"
                          "\n"
                          "Ops on cpu:\n"
                          "Time(%)      Time  Calls       Avg       Med       Min       Max  Name\n"
                          "75.00 %  1.200 us      1  1.200 us  1.200 us  1.200 us  1.200 us  add/portable\n"
                          "25.00 %    400 ns      2    200 ns    200 ns    100 ns    300 ns  relu/simd\n"
                          "\n"
                          "Copies on cpu:\n"
                          " Time(%)    Time  Calls     Avg     Med     Min     Max     Size  GB/s  Name\n"
                          "100.00 %  500 ns      1  500 ns  500 ns  500 ns  500 ns  4.00 kB  8.00  cpu to cuda:0\n"
                          "\n"
                          "Waits on cpu:\n"));
}

TEST(ProfileReport, WhatIsInsideCountsInItsOuterSpan) {
  Profile profile = made_profile(
      10,
      {{Activity::op, cpu, "softmax", 0, 80}, {Activity::op, cpu, "add", 80, 100}, {Activity::op, cpu, "eval", 5, 45}});
  profile.groups[2].inner = true;
  const std::string report = profile_report(profile);
  EXPECT_THAT(report, testing::ContainsRegex("80.00 % .* softmax\n"));
  EXPECT_THAT(report, testing::ContainsRegex("40.00 % .* inside: eval\n"));
}

TEST(ProfileReport, SaysWhatIsMissing) {
  Profile profile = made_profile(10, {{Activity::op, cpu, "a", 0, 1}});
  EXPECT_THAT(profile_report(profile), Not(HasSubstr("not")));
  profile.not_kept = 3;
  profile.not_traced = 1;
  EXPECT_THAT(profile_report(profile),
              HasSubstr("1 span; 3 spans not kept: medians and hints leave them out; 1 span not in the trace\n"));
}

TEST(ProfileReport, OfNothing) {
  EXPECT_EQ(profile_report({}), "Profile of 0 ns, 0 spans\n");
}

TEST(ProfileReport, NamesCannotBreakTheTable) {
  EXPECT_THAT(profile_report(made_profile(10, {{Activity::range, cpu, "a\nb\x1b[31m", 0, 1}})),
              HasSubstr("a?b?[31m\n"));
}

}  // namespace
}  // namespace fovea
