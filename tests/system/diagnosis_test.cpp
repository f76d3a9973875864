// Forecasts against runs. Work is sleep, so that it scales with threads whatever the cores do beside it.
#include "fovea/diagnosis.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <thread>

#include "fovea/pipeline.h"
#include "pipeline/stage.h"
#include "pipeline/stage_times.h"

namespace fovea {
namespace {

using std::chrono::microseconds;

// Sleeps for one picture, in each place where a run spends time.
struct Costs {
  microseconds source{0}, load{0}, infer{0}, sink{0};
};

class Sleeps : public Source {
 public:
  Sleeps(std::int64_t count, microseconds each) : count_(count), each_(each) {}
  std::optional<std::string> next() override {
    if (next_ == count_) return std::nullopt;
    std::this_thread::sleep_for(each_);
    return std::to_string(next_++);
  }
  Content take() override { return std::span<const std::byte>(); }

 private:
  std::int64_t count_, next_ = 0;
  microseconds each_;
};

class SleepStage : public pipeline::Stage {
 public:
  explicit SleepStage(const Costs& costs) : costs_(costs) {}
  void load(const pipeline::Picture&, Row&, const Array&, pipeline::Budget&, pipeline::Deadline) override {
    decode_ += slept(costs_.load);
    ++decoded_;
  }
  void process(const Array&, std::span<Row*> rows) override {
    infer_ += slept(costs_.infer * rows.size());
    inferred_ += static_cast<std::int64_t>(rows.size());
  }
  void add_times(std::vector<StageTime>& stages) const override {
    pipeline::add_stage_time(stages, {"decode", decode_, decoded_});
    pipeline::add_stage_time(stages, {"infer", infer_, inferred_});
  }

 private:
  static double slept(microseconds time) {
    const auto start = std::chrono::steady_clock::now();
    std::this_thread::sleep_for(time);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  Costs costs_;
  double decode_ = 0, infer_ = 0;
  std::int64_t decoded_ = 0, inferred_ = 0;
};

class SleepTask : public Task {
 public:
  explicit SleepTask(const Costs& costs) : costs_(costs) {}
  RowColumns columns() const override { return {}; }
  std::vector<std::pair<std::string, std::string>> manifest() const override { return {}; }
  std::unique_ptr<pipeline::Stage> stage(Device) const override { return std::make_unique<SleepStage>(costs_); }
  Shape slot() const override { return {1}; }
  int batch(Device) const override { return 4; }

 private:
  Costs costs_;
};

Diagnosis diagnosed(const Costs& costs, int workers) {
  Sleeps source(120, costs.source);
  RunOptions options;
  options.workers = workers;
  options.memory_bytes = 64 << 20;
  const auto sink = [&](Row&&) { std::this_thread::sleep_for(costs.sink); };
  ThreadBudget plenty;
  plenty.threads = 64;
  return diagnose(run(source, SleepTask(costs), sink, options), plenty);
}

struct Case {
  const char* what;
  Costs costs;
  const char* binds_two;  // with two threads
};

// What a run with one thread foretold of two, against a run with two; empty when they agree.
std::string disagreement(const Case& of) {
  const Diagnosis one = diagnosed(of.costs, 1), two = diagnosed(of.costs, 2);
  if (one.binds != "threads") return "one thread is bound by " + one.binds;
  if (two.binds != of.binds_two) return "two threads: " + two.verdict;
  if (one.forecasts.empty() || !one.forecasts[0].rate) return "nothing foretold";
  const double foretold = *one.forecasts[0].rate;
  if (std::abs(two.rate / foretold - 1) < 0.15) return "";
  return std::to_string(foretold) + " foretold, " + std::to_string(two.rate) + " measured";
}

// A machine that others load may spoil a run, but not five pairs of them.
TEST(DiagnosisOfRuns, OneMoreThreadGivesWhatWasForetold) {
  if (thread_budget().threads < 2) GTEST_SKIP() << "one thread is all there is";
  using us = microseconds;
  for (const Case& of : {
           Case{"loading", {us(0), us(6000), us(1000), us(0)}, "threads"},
           Case{"network", {us(0), us(1000), us(6000), us(0)}, "threads"},
           Case{"sink", {us(0), us(1500), us(500), us(5000)}, "sink"},
           Case{"source", {us(5000), us(1500), us(500), us(0)}, "source"},
       }) {
    std::string found = disagreement(of);
    for (int attempt = 1; attempt < 5 && !found.empty(); ++attempt) found = disagreement(of);
    EXPECT_EQ(found, "") << of.what;
  }
}

}  // namespace
}  // namespace fovea
