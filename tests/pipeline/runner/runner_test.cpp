#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <latch>
#include <mutex>
#include <set>
#include <thread>

#include "fovea/pipeline.h"
#include "pipeline/stage.h"
#include "pipeline/stage_times.h"
#include "support/expect_error.h"

namespace fovea::pipeline {
namespace {

// Inputs named by their numbers, each with its number as its only byte; those of `absent` are errors.
class Numbers : public Source {
 public:
  explicit Numbers(std::int64_t count, std::set<std::int64_t> absent = {})
      : count_(count), absent_(std::move(absent)) {}
  std::optional<std::string> next() override {
    return next_ == count_ ? std::nullopt : std::optional(std::to_string(next_++));
  }
  Content take() override {
    ++taken;
    if (absent_.count(next_ - 1)) return Error(Errc::not_found, "not there");
    return std::vector<std::byte>{static_cast<std::byte>(next_ - 1)};
  }
  std::atomic<std::int64_t> taken = 0;

 protected:
  std::int64_t count_, next_ = 0;
  std::set<std::int64_t> absent_;
};

// A picture is one number, its index; the network doubles it. Inputs in `bad` fail; timing is uneven on purpose.
class Doubling : public Stage {
 public:
  Doubling(const std::set<std::int64_t>& bad, std::atomic<int>& running) : bad_(bad), running_(running) {}

  void load(const Picture& picture, Row& row, const Array& slot, Budget&, Deadline) override {
    EXPECT_LE(++running_, 3);
    if (row.index % 7 == 3) std::this_thread::sleep_for(std::chrono::microseconds(50));
    EXPECT_EQ(std::get<std::span<const std::byte>>(picture)[0], static_cast<std::byte>(row.index));
    if (slot.size() > 0)
      slot.span<float>()[0] = static_cast<float>(row.index);
    else
      row.values = {static_cast<float>(row.index * 2)};
    --running_;
    if (bad_.count(row.index) && row.index % 2) throw std::runtime_error("odd");
    if (bad_.count(row.index)) row.error = Error(Errc::corrupt, "even");
  }
  void process(const Array& batch, std::span<Row*> rows) override {
    EXPECT_LE(++running_, 3);
    for (std::size_t k = 0; k < rows.size(); ++k)
      rows[k]->values = {batch[static_cast<std::int64_t>(k)].span<float>()[0] * 2};
    --running_;
  }
  void add_times(std::vector<StageTime>& stages) const override { add_stage_time(stages, {"double", 1, 1}); }

 private:
  const std::set<std::int64_t>& bad_;
  std::atomic<int>& running_;
};

class DoublingTask : public Task {
 public:
  explicit DoublingTask(int batch = 4, std::set<std::int64_t> bad = {}) : batch_(batch), bad_(std::move(bad)) {}
  RowColumns columns() const override { return {}; }
  std::vector<std::pair<std::string, std::string>> manifest() const override { return {}; }
  std::unique_ptr<Stage> stage(Device) const override { return std::make_unique<Doubling>(bad_, running_); }
  Shape slot() const override { return batch_ > 0 ? Shape{1} : Shape{}; }
  int batch(Device) const override { return batch_; }

 protected:
  int batch_;  // 0: without slots
  std::set<std::int64_t> bad_;
  mutable std::atomic<int> running_ = 0;
};

struct Outcome {
  std::vector<Row> rows;
  Report report;
};

Outcome run_task(Source& source, const Task& task, RunOptions options, std::stop_token stop = {},
                 const std::function<void(const Row&)>& on_row = {}) {
  std::mutex one_at_a_time;
  Outcome outcome;
  options.memory_bytes = 64 << 20;
  outcome.report = run(
      source, task,
      [&](Row&& row) {
        ASSERT_TRUE(one_at_a_time.try_lock());
        if (on_row) on_row(row);
        outcome.rows.push_back(std::move(row));
        one_at_a_time.unlock();
      },
      options, stop);
  return outcome;
}

RunOptions with_workers(int workers) {
  RunOptions options;
  options.workers = workers;
  return options;
}

TEST(Runner, OneRowForEachInputInOrderWhateverFails) {
  for (int workers : {1, 2, 3})
    for (int batch : {0, 1, 3, 8})
      for (std::int64_t inputs : {0, 1, 7, 8, 9, 200}) {
        std::set<std::int64_t> bad, absent;
        for (std::int64_t k = 0; k < inputs; ++k) {
          if (k % 10 == 4 || k % 13 == 5 || (k > 100 && k < 130)) bad.insert(k);
          if (k % 17 == 0) absent.insert(k);
        }
        Numbers source(inputs, absent);
        const Outcome outcome = run_task(source, DoublingTask(batch, bad), with_workers(workers));
        ASSERT_EQ(static_cast<std::int64_t>(outcome.rows.size()), inputs);
        bad.insert(absent.begin(), absent.end());
        EXPECT_EQ(outcome.report.failed, static_cast<std::int64_t>(bad.size()));
        EXPECT_EQ(outcome.report.ok + outcome.report.failed, inputs);
        EXPECT_FALSE(outcome.report.interrupted);
        for (std::int64_t k = 0; k < inputs; ++k) {
          const Row& row = outcome.rows[static_cast<std::size_t>(k)];
          ASSERT_EQ(row.index, k);
          ASSERT_EQ(row.path, std::to_string(k));
          ASSERT_EQ(row.error.has_value(), bad.count(k) > 0) << k;
          if (row.error)
            EXPECT_EQ(row.error->code(), absent.count(k) ? Errc::not_found : k % 2 ? Errc::internal : Errc::corrupt);
          else
            ASSERT_EQ(row.values.at(0), static_cast<float>(2 * k)) << "a row got another picture's result";
        }
      }
}

class ThrowsWhatNobodyCatches : public Doubling {
 public:
  using Doubling::Doubling;
  void load(const Picture& picture, Row& row, const Array& slot, Budget& budget, Deadline deadline) override {
    if (row.index == 50) throw 50;
    Doubling::load(picture, row, slot, budget, deadline);
  }
};

class ThrowingTask : public DoublingTask {
 public:
  using DoublingTask::DoublingTask;
  std::unique_ptr<Stage> stage(Device) const override {
    return std::make_unique<ThrowsWhatNobodyCatches>(bad_, running_);
  }
};

TEST(Runner, WhatNoRowCanHoldEndsTheRunOfAllWorkers) {
  for (int workers : {1, 2, 3})
    for (int batch : {0, 4}) {
      Numbers source(200);
      std::int64_t rows = 0;
      EXPECT_THROW(run_task(source, ThrowingTask(batch), with_workers(workers), {}, [&](const Row&) { ++rows; }), int);
      EXPECT_LE(rows, 50);
    }
}

TEST(Runner, StopHandsOverWhatIsInFlight) {
  std::stop_source stop;
  Numbers source(200);
  const Outcome outcome = run_task(source, DoublingTask(8), with_workers(2), stop.get_token(), [&](const Row& row) {
    if (row.index == 20) stop.request_stop();
  });
  EXPECT_TRUE(outcome.report.interrupted);
  EXPECT_GT(outcome.rows.size(), 20u);
  EXPECT_LE(outcome.rows.size(), 21u + 8 * 5);
  for (std::size_t k = 0; k < outcome.rows.size(); ++k) EXPECT_EQ(outcome.rows[k].index, static_cast<std::int64_t>(k));
}

TEST(Runner, StopBeforeTheStartGivesNoRows) {
  std::stop_source stop;
  stop.request_stop();
  Numbers source(100);
  const Outcome outcome = run_task(source, DoublingTask(), with_workers(2), stop.get_token());
  EXPECT_TRUE(outcome.report.interrupted);
  EXPECT_TRUE(outcome.rows.empty());
}

TEST(Runner, FailureBudgetEndsTheRun) {
  std::set<std::int64_t> bad;
  for (std::int64_t k = 0; k < 200; k += 2) bad.insert(k);
  const DoublingTask task(4, bad);
  RunOptions options = with_workers(2);
  options.max_failures = 10;
  Numbers source(200);
  const Outcome over = run_task(source, task, options);
  EXPECT_TRUE(over.report.over_budget);
  EXPECT_FALSE(over.report.interrupted);
  EXPECT_GT(over.report.failed, 10);
  EXPECT_LT(over.rows.size(), 100u);
  options.max_failures = 100;
  Numbers again(200);
  EXPECT_FALSE(run_task(again, task, options).report.over_budget);
}

TEST(Runner, AShareOfFailuresCountsOnceAHundredInputsAreDone) {
  std::set<std::int64_t> bad;
  for (std::int64_t k = 0; k < 50; ++k) bad.insert(k);
  RunOptions options = with_workers(1);
  options.max_failed_fraction = 0.25;
  Numbers source(250);
  const Outcome half = run_task(source, DoublingTask(4, bad), options);
  EXPECT_TRUE(half.report.over_budget);
  EXPECT_GE(half.rows.size(), 100u) << "the first inputs say little";
  EXPECT_LT(half.rows.size(), 130u);
  Numbers again(250);
  options.max_failed_fraction = 0.5;
  EXPECT_EQ(run_task(again, DoublingTask(4, bad), options).rows.size(), 250u);
}

TEST(Runner, AnErrorOfTheSinkEndsTheRunAndComesOut) {
  int rows = 0;
  Numbers source(200);
  EXPECT_THROW(run(
                   source, DoublingTask(),
                   [&](Row&&) {
                     if (++rows == 5) throw Error(Errc::io, "disk full");
                   },
                   with_workers(2)),
               Error);
  EXPECT_EQ(rows, 5);
}

TEST(Runner, AnErrorOfTheSourceEndsTheRunAndComesOut) {
  class Failing final : public Numbers {
   public:
    Failing() : Numbers(20) {}
    std::optional<std::string> next() override {
      if (next_ == 20) throw Error(Errc::corrupt, "list: torn");
      return Numbers::next();
    }
  } source;
  std::size_t rows = 0;
  EXPECT_THROW(run(
                   source, DoublingTask(), [&](Row&&) { ++rows; }, with_workers(2)),
               Error);
  EXPECT_GE(rows, 10u);
}

// Refuses the batch with input 12, for good.
class Losing final : public Doubling {
 public:
  Losing(std::atomic<int>& running, Errc code) : Doubling(none_, running), code_(code) {}
  void process(const Array& batch, std::span<Row*> rows) override {
    for (const Row* row : rows)
      if (row->index >= 12) throw Error(code_, "gone");
    Doubling::process(batch, rows);
  }

 private:
  static inline const std::set<std::int64_t> none_;
  Errc code_;
};

class LosingTask final : public DoublingTask {
 public:
  explicit LosingTask(Errc code) : code_(code) {}
  std::unique_ptr<Stage> stage(Device) const override { return std::make_unique<Losing>(running_, code_); }

 private:
  Errc code_;
};

TEST(Runner, ADeviceThatIsLostEndsTheRunAndItsBatchHasNoRows) {
  for (const Errc code : {Errc::device, Errc::device_lost, Errc::device_memory}) {
    std::vector<Row> rows;
    Numbers source(200);
    try {
      run(
          source, LosingTask(code), [&](Row&& row) { rows.push_back(std::move(row)); }, with_workers(2));
      ADD_FAILURE() << "expected an error";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code);
    }
    EXPECT_LE(rows.size(), 12u);
    for (const Row& row : rows) EXPECT_FALSE(row.error) << "a row that another run will complete";
  }
}

TEST(Runner, OtherErrorsOfABatchAreItsRows) {
  Numbers source(40);
  const Outcome outcome = run_task(source, LosingTask(Errc::internal), with_workers(1));
  EXPECT_EQ(outcome.report.inputs, 40);
  EXPECT_EQ(outcome.report.failed, 28);
}

TEST(Runner, RowsThatAreThereAreHandedOverWithoutTheirBytes) {
  RunOptions options = with_workers(2);
  options.known = [](std::int64_t index, const std::string& path) {
    EXPECT_EQ(path, std::to_string(index));
    return index < 50 || index % 3 == 0;
  };
  Numbers source(120);
  const Outcome outcome = run_task(source, DoublingTask(), options);
  ASSERT_EQ(outcome.rows.size(), 120u);
  std::int64_t known = 0;
  for (const Row& row : outcome.rows) {
    const bool there = row.index < 50 || row.index % 3 == 0;
    known += there;
    EXPECT_EQ(row.values.empty(), there) << row.index;
    EXPECT_EQ(row.reused, there) << row.index;
  }
  EXPECT_EQ(outcome.report.reused, known);
  EXPECT_EQ(source.taken, 120 - known);
}

class CountedNumbers : public Numbers {
 public:
  using Numbers::Numbers;
  std::optional<std::int64_t> count() const override { return count_; }
};

class LargestBatch : public DoublingTask {
 public:
  using DoublingTask::DoublingTask;
  std::unique_ptr<Stage> stage(Device) const override { return std::make_unique<Counting>(*this); }
  mutable std::atomic<std::size_t> largest = 0;

 private:
  struct Counting : Doubling {
    explicit Counting(const LargestBatch& task) : Doubling(task.bad_, task.running_), task_(task) {}
    void process(const Array& batch, std::span<Row*> rows) override {
      Doubling::process(batch, rows);
      std::size_t seen = task_.largest;
      while (seen < rows.size() && !task_.largest.compare_exchange_weak(seen, rows.size())) {
      }
    }
    const LargestBatch& task_;
  };
};

TEST(Runner, FewInputsAreSharedOutEvenly) {
  const auto largest_of = [](std::int64_t inputs, int workers) {
    CountedNumbers source(inputs);
    const LargestBatch task(8);
    EXPECT_EQ(run_task(source, task, with_workers(workers)).rows.size(), static_cast<std::size_t>(inputs));
    return task.largest.load();
  };
  EXPECT_EQ(largest_of(5, 2), 3u);
  EXPECT_EQ(largest_of(8, 2), 4u);
  EXPECT_EQ(largest_of(24, 2), 6u);
  EXPECT_EQ(largest_of(24, 1), 8u);
  EXPECT_EQ(largest_of(200, 2), 8u);
  Numbers uncounted(24);
  const LargestBatch task(8);
  run_task(uncounted, task, with_workers(2));
  EXPECT_EQ(task.largest, 8u);
}

// Gives its last input only when the row of the first is out.
TEST(Runner, APartOfABatchGoesOnWhileInputsAreSlow) {
  class Slow final : public Numbers {
   public:
    Slow() : Numbers(3) {}
    std::optional<std::string> next() override {
      if (next_ == 2) first_row.get_future().wait();
      return Numbers::next();
    }
    std::promise<void> first_row;
  } source;
  const Outcome outcome = run_task(source, DoublingTask(8), with_workers(2), {}, [&](const Row& row) {
    if (row.index == 0) source.first_row.set_value();
  });
  EXPECT_EQ(outcome.rows.size(), 3u);
}

// Of two devices each waits until the other has had a batch.
TEST(Runner, DevicesTakeBatchesFromOneQueue) {
  class Both final : public Doubling {
   public:
    Both(const std::set<std::int64_t>& bad, std::atomic<int>& running, std::latch& met, std::size_t& largest)
        : Doubling(bad, running), met_(met), largest_(largest) {}
    void process(const Array& batch, std::span<Row*> rows) override {
      if (!std::exchange(arrived_, true)) met_.arrive_and_wait();
      largest_ = std::max(largest_, rows.size());
      Doubling::process(batch, rows);
    }

   private:
    bool arrived_ = false;
    std::latch& met_;
    std::size_t& largest_;
  };
  class BothTask final : public DoublingTask {
   public:
    BothTask() : DoublingTask(4) {}
    std::unique_ptr<Stage> stage(Device device) const override {
      if (device == Device::cpu()) return std::make_unique<Doubling>(bad_, running_);
      return std::make_unique<Both>(bad_, running_, met_, largest_[device.index]);
    }
    int batch(Device device) const override { return device == Device::cpu() ? 4 : 12; }
    mutable std::latch met_{2};
    mutable std::size_t largest_[2] = {};
  } task;
  RunOptions options = with_workers(1);
  options.devices = {Device::cuda(0), Device::cuda(1)};
  Numbers source(200);
  const Outcome outcome = run_task(source, task, options);
  ASSERT_EQ(outcome.rows.size(), 200u);
  for (const Row& row : outcome.rows) EXPECT_EQ(row.values.at(0), static_cast<float>(2 * row.index));
  EXPECT_EQ(outcome.report.devices, (std::vector<std::string>{"cuda:0", "cuda:1"}));
  EXPECT_EQ(outcome.report.pictures.at(0) + outcome.report.pictures.at(1), 200);
  EXPECT_LE(std::max(task.largest_[0], task.largest_[1]), 12u);
}

// Its input 5 waits until it is let go.
class Stuck final : public Doubling {
 public:
  Stuck(const std::set<std::int64_t>& bad, std::atomic<int>& running, std::shared_future<void> go)
      : Doubling(bad, running), go_(std::move(go)) {}
  void load(const Picture& picture, Row& row, const Array& slot, Budget& budget, Deadline deadline) override {
    if (row.index == 5) go_.wait();
    Doubling::load(picture, row, slot, budget, deadline);
  }

 private:
  std::shared_future<void> go_;
};
class StuckTask final : public DoublingTask {
 public:
  using DoublingTask::DoublingTask;
  std::unique_ptr<Stage> stage(Device) const override { return std::make_unique<Stuck>(bad_, running_, go); }
  std::promise<void> promise;
  std::shared_future<void> go = promise.get_future().share();
};

TEST(Runner, BeginsNoMoreInputsThanWaitForOne) {
  StuckTask task(0);
  Numbers source(2000);
  RunOptions options = with_workers(2);
  options.stall_seconds = 0.02;
  std::int64_t begun = 0;
  options.stalled = [&](const std::string& text, double) {
    if (begun == 0 && text.find(": order") != text.npos) begun = source.taken, task.promise.set_value();
  };
  EXPECT_EQ(run_task(source, task, options).rows.size(), 2000u);
  EXPECT_EQ(begun, 5 + 512);
}

TEST(Runner, WhatTheListenerToStallsThrowsEndsTheRun) {
  StuckTask task(0);
  Numbers source(2000);
  RunOptions options = with_workers(2);
  options.stall_seconds = 0.02;
  bool told = false;
  options.stalled = [&](const std::string&, double) {
    if (std::exchange(told, true)) return;
    task.promise.set_value();
    throw Error(Errc::policy, "enough");
  };
  test::expect_error(Errc::policy, "enough", [&] { run_task(source, task, options); });
}

TEST(Runner, SaysWhatEachWorkerWaitsForWhenNothingMoves) {
  StuckTask task;
  RunOptions options = with_workers(1);
  options.stall_seconds = 0.02;
  std::string said;
  options.stalled = [&](const std::string& text, double seconds) {
    EXPECT_GE(seconds, 0.02);
    if (said.empty() && text.find("loading 5") != text.npos) said = text, task.promise.set_value();
  };
  Numbers source(10);
  EXPECT_EQ(run_task(source, task, options).rows.size(), 10u);
  EXPECT_NE(said.find("worker 1: loading 5 for "), said.npos) << said;
}

TEST(Runner, ReportsStagesWaitsAndQueues) {
  Numbers source(100);
  const Report report = run_task(source, DoublingTask(), with_workers(2)).report;
  std::set<std::string> stages, queues;
  for (const StageTime& stage : report.stages) stages.insert(stage.name);
  for (const QueueUse& queue : report.queues) {
    queues.insert(queue.name);
    EXPECT_LE(queue.mean, static_cast<double>(queue.most));
  }
  EXPECT_EQ(stages, (std::set<std::string>{"list", "read", "double", "write"}));
  EXPECT_EQ(queues, (std::set<std::string>{"inputs", "batches", "rows", "transfers"}));
  EXPECT_EQ(report.devices, std::vector<std::string>{"cpu"});
  EXPECT_EQ(report.pictures, std::vector<std::int64_t>{100});
  ASSERT_EQ(report.device_seconds.size(), 1u);
  EXPECT_GT(report.device_seconds[0], 0);
  EXPECT_LE(report.device_seconds[0], 2 * report.seconds);
  EXPECT_GT(report.source_seconds, 0);
  EXPECT_LE(report.source_seconds, report.seconds);
}

TEST(Runner, RefusesOptionsThatCannotBe) {
  Numbers source(1);
  RunOptions options;
  options.workers = -1;
  EXPECT_THROW(run(
                   source, DoublingTask(), [](Row&&) {}, options),
               Error);
}

}  // namespace
}  // namespace fovea::pipeline
