#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "device/profile/made_profile.h"

namespace fovea {
namespace {

using test::made_profile;
using test::MadeSpan;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Device cpu = Device::cpu(), cuda = Device::cuda();
constexpr std::int64_t ms = 1'000'000;

// Two equal halves of the time, so that no name takes most of it.
std::vector<MadeSpan> even_work(std::int64_t end) {
  return {{Activity::kernel, cuda, "a", 0, end / 3},
          {Activity::kernel, cuda, "b", end / 3, 2 * (end / 3)},
          {Activity::kernel, cuda, "c", 2 * (end / 3), end}};
}

TEST(Hints, NoneForEvenWork) {
  EXPECT_THAT(profile_hints(made_profile(9 * ms, even_work(9 * ms))), IsEmpty());
  EXPECT_THAT(profile_hints({}), IsEmpty());
}

TEST(Hints, ALongKernel) {
  const auto hints = [](std::int64_t of_long, std::int64_t run) {
    return profile_hints(made_profile(
        run, {{Activity::kernel, cuda, "gemm", 0, of_long}, {Activity::kernel, cuda, "relu", of_long, 10 * ms}}));
  };
  EXPECT_THAT(
      hints(6 * ms, 10 * ms),
      ElementsAre(AllOf(HasSubstr("cuda:0: gemm takes 60.00 % of the time of all kernels (1 call, 6.000 ms each)"),
                        HasSubstr(": make this one faster first"))));
  EXPECT_THAT(hints(6 * ms, 61 * ms), IsEmpty());  // 9.8 % of the run
  EXPECT_THAT(profile_hints(made_profile(10 * ms, {{Activity::op, cpu, "only", 0, 10 * ms}})), IsEmpty());
  EXPECT_THAT(profile_hints(made_profile(10 * ms, {{Activity::stage, cpu, "decode", 0, 9 * ms},
                                                   {Activity::stage, cpu, "read", 9 * ms, 10 * ms}})),
              IsEmpty());  // stages are no kernels
}

TEST(Hints, ALongKernelInsideOfAnotherIsNotNamed) {
  Profile profile = made_profile(10 * ms, {{Activity::op, cpu, "softmax", 0, 4 * ms},
                                           {Activity::op, cpu, "add", 4 * ms, 10 * ms},
                                           {Activity::op, cpu, "eval", 4 * ms, 10 * ms}});
  profile.groups[2].inner = true;
  EXPECT_THAT(profile_hints(profile), ElementsAre(HasSubstr("cpu: add takes 60.00 %")));
}

std::vector<MadeSpan> many(int count, std::int64_t each) {
  std::vector<MadeSpan> spans;
  for (int k = 0; k < count; ++k) spans.push_back({Activity::op, cpu, "relu", k * each, (k + 1) * each});
  return spans;
}

TEST(Hints, ATinyKernelCalledOften) {
  EXPECT_THAT(profile_hints(made_profile(5 * ms, many(1000, 5'000))),
              ElementsAre(AllOf(HasSubstr("cpu: relu ran 1000 times, 5.000 us each"), HasSubstr("record a graph"))));
  EXPECT_THAT(profile_hints(made_profile(5 * ms, many(999, 5'000))), IsEmpty());
  EXPECT_THAT(profile_hints(made_profile(10 * ms, many(1000, 10'000))), IsEmpty());
  EXPECT_THAT(profile_hints(made_profile(501 * ms, many(1000, 5'000))), IsEmpty());  // under 1 % of the run
}

TEST(Hints, TransfersThatDoNotOverlap) {
  const auto hints = [](std::int64_t copy_begin, Device to) {
    std::vector<MadeSpan> spans = even_work(9 * ms);
    spans.push_back({Activity::copy, cuda, "copy", copy_begin, copy_begin + 1 * ms, 1000, cpu, to});
    return profile_hints(made_profile(10 * ms, spans));
  };
  EXPECT_THAT(
      hints(9 * ms, cuda),
      ElementsAre(AllOf(HasSubstr("copies between devices take 1.000 ms, 10.00 % of the run, and 0.00 % of that"),
                        HasSubstr("pinned_memory()"))));
  EXPECT_THAT(hints(9 * ms - 400'000, cuda), ElementsAre(HasSubstr("40.00 % of that passes beside other work")));
  EXPECT_THAT(hints(9 * ms - 500'000, cuda), IsEmpty());
  EXPECT_THAT(hints(9 * ms, cpu), IsEmpty());  // within one device
}

TEST(Hints, AllocationInTheLoop) {
  const auto hints = [](int late, int early) {
    std::vector<MadeSpan> spans = even_work(9 * ms);
    for (int k = 0; k < early; ++k) spans.push_back({Activity::allocation, cpu, "host memory", 10, 20, 50});
    for (int k = 0; k < late; ++k)
      spans.push_back({Activity::allocation, cpu, "host memory", 5 * ms, 5 * ms + 1, 1'000'000});
    return profile_hints(made_profile(9 * ms, spans));
  };
  EXPECT_THAT(hints(16, 4), testing::Contains(AllOf(
                                HasSubstr("16 of 20 allocations past the pools, 16.00 MB, came in the second half"),
                                HasSubstr("allocate before the loop"))));
  EXPECT_THAT(hints(15, 100), testing::Not(testing::Contains(HasSubstr("allocations"))));
}

TEST(Hints, AnIdleDevice) {
  const auto made = [](std::int64_t gap) {
    return made_profile(20 * ms, {{Activity::kernel, cuda, "a", 0, 1 * ms},
                                  {Activity::wait, cuda, "stream", 1 * ms, 1 * ms + gap},  // no work
                                  {Activity::kernel, cuda, "b", 1 * ms + gap, 2 * ms + gap}});
  };
  EXPECT_THAT(profile_hints(made(2 * ms)),
              ElementsAre(AllOf(HasSubstr("cuda:0 is idle for 50.00 % of the 4.000 ms between its first and last work"),
                                HasSubstr("longest gap 2.000 ms"))));
  EXPECT_THAT(profile_hints(made(2 * ms - 1)), IsEmpty());
  Profile cut = made(2 * ms);
  cut.not_kept = 1;  // what was not kept may have filled the gap
  EXPECT_THAT(profile_hints(cut), IsEmpty());
  EXPECT_THAT(profile_hints(made_profile(
                  20 * ms, {{Activity::kernel, cuda, "a", 0, 10}, {Activity::kernel, cuda, "b", 999'980, 999'990}})),
              IsEmpty());  // under a millisecond
}

}  // namespace
}  // namespace fovea
