#include "device/profiler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>
#include <numeric>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "support/expect_error.h"

namespace fovea {
namespace {

using profiler::Scope;
using test::expect_error;
using testing::ElementsAre;

std::int64_t calls_of(const Profile& profile) {
  std::int64_t calls = 0;
  for (const ProfileGroup& g : profile.groups) calls += g.calls;
  return calls;
}

const ProfileGroup* find(const Profile& profile, Activity activity, const std::string& name) {
  for (const ProfileGroup& g : profile.groups)
    if (g.activity == activity && g.name == name) return &g;
  return nullptr;
}

void record(const std::string& name, std::int64_t begin, std::int64_t ns, std::int64_t bytes = 0) {
  profiler::record({{Activity::kernel, name, {}, Device::cuda(1), {}, {}, false}, begin, begin + ns, bytes, 7});
}

TEST(Profiler, RecordsNothingBeforeAndAfterARecording) {
  EXPECT_FALSE(profiler::profiling());
  { const Scope span(Activity::op, "before"); }
  start_profile();
  EXPECT_TRUE(profiler::profiling());
  { const Scope span(Activity::op, "within"); }
  const Profile profile = stop_profile();
  EXPECT_FALSE(profiler::profiling());
  { const Scope span(Activity::op, "after"); }
  ASSERT_EQ(profile.groups.size(), 1u);
  EXPECT_EQ(profile.groups[0].name, "within");
  start_profile();
  EXPECT_TRUE(stop_profile().groups.empty());
}

TEST(Profiler, SpansThatStraddleTheEndsBelongToNoRecording) {
  std::optional<Scope> early, late, across;
  early.emplace(Activity::op, "early");
  start_profile();
  early.reset();
  late.emplace(Activity::op, "late");
  across.emplace(Activity::op, "across");
  const Profile first = stop_profile();
  late.reset();
  start_profile();
  across.reset();
  const Profile second = stop_profile();
  EXPECT_EQ(calls_of(first), 0);
  EXPECT_EQ(calls_of(second), 0);
  EXPECT_TRUE(first.spans.empty() && second.spans.empty());
}

TEST(Profiler, CountsTotalsExtremesAndMedians) {
  start_profile();
  const std::int64_t t = profiler::now();
  const std::int64_t even[] = {40, 10, 31, 20}, odd[] = {5, 100, 7};
  for (const std::int64_t ns : even) record("even", t, ns, 8);
  for (const std::int64_t ns : odd) record("odd", t + 3, ns);
  const Profile profile = stop_profile();
  ASSERT_EQ(profile.groups.size(), 2u);  // by falling total
  const ProfileGroup &o = profile.groups[0], &e = profile.groups[1];
  EXPECT_EQ(o.name, "odd");
  EXPECT_EQ(o.calls, 3);
  EXPECT_EQ(o.total_ns, 112);
  EXPECT_EQ(o.median_ns, 7);
  EXPECT_EQ(o.bytes, 0);
  EXPECT_EQ(e.name, "even");
  EXPECT_EQ(e.activity, Activity::kernel);
  EXPECT_EQ(e.device, Device::cuda(1));
  EXPECT_EQ(e.calls, 4);
  EXPECT_EQ(e.total_ns, 101);
  EXPECT_EQ(e.min_ns, 10);
  EXPECT_EQ(e.max_ns, 40);
  EXPECT_EQ(e.median_ns, 25);  // of 20 and 31
  EXPECT_EQ(e.bytes, 32);
  ASSERT_EQ(profile.spans.size(), 7u);
  for (const ProfileSpan& span : profile.spans) EXPECT_EQ(span.track, 7);
  EXPECT_EQ(profile.spans[4].begin_ns - profile.spans[0].begin_ns, 3);
}

TEST(Profiler, TimesBeforeTheStartAndBackwardsAreDropped) {
  const std::int64_t before = profiler::now();
  start_profile();
  record("early", before, 1'000'000'000);
  record("backwards", profiler::now(), -1);
  EXPECT_EQ(calls_of(stop_profile()), 0);
  record("off", profiler::now(), 1);
}

TEST(Profiler, DetailsAndCopiesMakeNamesOfTheirOwn) {
  const Transfer up{nullptr, nullptr, Device::cuda(), Device::cpu(), 100, 3};
  start_profile();
  { const Scope span(Activity::op, "relu", "simd"); }
  { const Scope span(Activity::op, "relu/simd"); }
  { const Scope span(Activity::op, "relu", "portable"); }
  { const Scope span(Activity::op, "relu"); }
  { const Scope span(Activity::stage, "relu", "simd"); }
  { const Scope span(up); }
  { const Scope span(up); }
  { const Scope span(Fill{nullptr, {}, 11}); }
  const Profile profile = stop_profile();
  ASSERT_EQ(profile.groups.size(), 6u);
  EXPECT_EQ(find(profile, Activity::op, "relu/simd")->calls, 2);
  EXPECT_EQ(find(profile, Activity::op, "relu/portable")->calls, 1);
  EXPECT_EQ(find(profile, Activity::op, "relu")->calls, 1);
  const ProfileGroup* copy = find(profile, Activity::copy, "cpu to cuda:0");
  ASSERT_NE(copy, nullptr);
  EXPECT_EQ(copy->calls, 2);
  EXPECT_EQ(copy->bytes, 600);
  EXPECT_EQ(copy->from, Device::cpu());
  EXPECT_EQ(copy->to, Device::cuda());
  EXPECT_EQ(find(profile, Activity::fill, "fill")->bytes, 11);
}

TEST(Profiler, SpansInsideOfTheirActivityAreGroupsOfTheirOwn) {
  start_profile();
  for (int k = 0; k < 2; ++k) {
    const Scope outer(Activity::op, "eval");
    const Scope inner(Activity::op, "eval"), other(Activity::stage, "eval");
    std::thread([] { const Scope elsewhere(Activity::op, "eval"); }).join();
  }
  const Profile profile = stop_profile();
  std::vector<std::string> groups;
  for (const ProfileGroup& g : profile.groups)
    groups.push_back(std::string(name(g.activity)) + (g.inner ? " inner " : " outer ") + std::to_string(g.calls));
  EXPECT_THAT(groups, ElementsAre("op outer 4", "op inner 2", "stage outer 2"));
}

TEST(Profiler, WhatIsBeyondTheLimitIsCounted) {
  ProfileOptions options;
  options.most_spans = 300;  // more than a chunk
  start_profile(options);
  const std::int64_t t = profiler::now();
  for (int i = 0; i < 1000; ++i) record("many", t, i < 300 ? 2 : 9);
  const Profile profile = stop_profile();
  EXPECT_EQ(profile.spans.size(), 300u);
  EXPECT_EQ(profile.not_kept, 700);
  EXPECT_EQ(profile.groups[0].calls, 1000);
  EXPECT_EQ(profile.groups[0].total_ns, 300 * 2 + 700 * 9);
  EXPECT_EQ(profile.groups[0].max_ns, 9);
  EXPECT_EQ(profile.groups[0].median_ns, 2);

  options.most_spans = 0;
  start_profile(options);
  record("none", profiler::now(), 4);
  const Profile counted = stop_profile();
  EXPECT_TRUE(counted.spans.empty());
  EXPECT_EQ(counted.not_kept, 1);
  EXPECT_EQ(counted.groups[0].total_ns, 4);
}

TEST(Profiler, ThreadsHandOverWhenTheyEnd) {
  start_profile();
  { const Scope span(Activity::op, "work"); }
  for (int k = 0; k < 3; ++k) std::thread([] { const Scope span(Activity::op, "work"); }).join();
  const Profile profile = stop_profile();
  ASSERT_EQ(profile.groups.size(), 1u);
  EXPECT_EQ(profile.groups[0].calls, 4);
  std::vector<std::int64_t> tracks;
  for (const ProfileSpan& span : profile.spans) tracks.push_back(span.track);
  EXPECT_THAT(tracks, ElementsAre(1, 2, 3, 4));
}

// Runs when the thread's other objects are gone.
struct LastWord {
  ~LastWord() { const Scope span(Activity::op, "last word"); }
};

TEST(Profiler, AThreadMayRecordWhileItEnds) {
  start_profile();
  std::thread([] {
    thread_local const LastWord word;
    static_cast<void>(&word);
    const Scope span(Activity::op, "work");
  }).join();
  EXPECT_GE(calls_of(stop_profile()), 1);
}

TEST(Profiler, StartsAndStopsWhileThreadsRecord) {
  constexpr int threads = 4;
  std::atomic<bool> over{false};
  std::latch begun(threads);
  std::vector<std::thread> workers;
  for (int k = 0; k < threads; ++k)
    workers.emplace_back([&over, &begun, k] {
      const std::string name = "thread " + std::to_string(k % 2);
      for (bool first = true; !over; first = false) {
        const Scope outer(Activity::stage, name), inner(Activity::op, "inner", name, 1);
        const ProfileRange range(name);
        if (first) begun.count_down();
      }
    });
  begun.wait();
  for (int round = 0; round < 40; ++round) {
    ProfileOptions options;
    options.most_spans = round % 2 == 0 ? 100 : 100'000;
    start_profile(options);
    { const Scope span(Activity::wait, "main"); }
    const Profile profile = stop_profile();
    EXPECT_EQ(calls_of(profile), static_cast<std::int64_t>(profile.spans.size()) + profile.not_kept);
    EXPECT_LE(profile.spans.size(), static_cast<std::size_t>(options.most_spans));
    EXPECT_EQ(find(profile, Activity::wait, "main")->calls, 1);
    for (const ProfileSpan& span : profile.spans) {
      EXPECT_GE(span.begin_ns, 0);
      EXPECT_LE(span.begin_ns, span.end_ns);
      EXPECT_LE(span.end_ns, profile.duration_ns);
    }
  }
  over = true;
  for (std::thread& worker : workers) worker.join();
}

TEST(Profiler, RefusesASecondRecordingAndAStopWithoutOne) {
  expect_error(Errc::invalid_argument, "got none under way", [] { stop_profile(); });
  start_profile();
  expect_error(Errc::invalid_argument, "got a second start", [] { start_profile(); });
  stop_profile();
  expect_error(Errc::invalid_argument, "got none under way", [] { stop_profile(); });
}

TEST(Profiler, RefusesOptionsAndCanStartAfterwards) {
  ProfileOptions negative, small, nowhere;
  negative.most_spans = -1;
  small.trace = "/nonexistent/trace.json";
  small.most_trace_bytes = 4095;
  nowhere.trace = "/nonexistent/trace.json";
  expect_error(Errc::invalid_argument, "most_spans of at least 0, got -1", [&] { start_profile(negative); });
  expect_error(Errc::invalid_argument, "at least 4096 bytes to write, got 4095", [&] { start_profile(small); });
  expect_error(Errc::not_found, "No such file", [&] { start_profile(nowhere); });
  EXPECT_FALSE(profiler::profiling());
  start_profile();
  stop_profile();
}

TEST(ProfileRange, CopiesItsName) {
  start_profile();
  {
    std::string name = "epoch 1";
    const ProfileRange range(name);
    name = "another";
  }
  const Profile profile = stop_profile();
  ASSERT_EQ(profile.groups.size(), 1u);
  EXPECT_EQ(profile.groups[0].activity, Activity::range);
  EXPECT_EQ(profile.groups[0].name, "epoch 1");
}

TEST(Activity, HasAName) {
  EXPECT_EQ(name(Activity::kernel), "kernel");
  EXPECT_EQ(name(Activity::host_call), "host call");
  EXPECT_EQ(name(Activity::range), "range");
}

}  // namespace
}  // namespace fovea
