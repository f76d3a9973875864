#include "pipeline/runner.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

namespace fovea::pipeline {
namespace {

// A picture is one number, its index; the network doubles it. Inputs in `bad` fail; timing is uneven on purpose.
class Doubling : public Stage {
 public:
  Doubling(const std::set<std::int64_t>& bad, std::atomic<int>& running) : bad_(bad), running_(running) {}

  void load(Row& row, const Array& slot) override {
    EXPECT_LE(++running_, 3);
    if (row.index % 7 == 3) std::this_thread::sleep_for(std::chrono::microseconds(50));
    slot.span<float>()[0] = static_cast<float>(row.index);
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
  void add_times(std::vector<StageTime>&) const override {}

 private:
  const std::set<std::int64_t>& bad_;
  std::atomic<int>& running_;
};

struct Outcome {
  std::vector<Row> rows;
  Report report;
};

Outcome run_doubling(RunOptions options, const std::set<std::int64_t>& bad, std::stop_token stop = {},
                     const std::function<void(const Row&)>& on_row = {}) {
  std::atomic<int> running = 0;
  std::mutex one_at_a_time;
  Outcome outcome;
  options.slot = {1};
  outcome.report = run(
      options, [&] { return std::make_unique<Doubling>(bad, running); },
      [&](Row&& row) {
        ASSERT_TRUE(one_at_a_time.try_lock());
        if (on_row) on_row(row);
        outcome.rows.push_back(std::move(row));
        one_at_a_time.unlock();
      },
      stop, {});
  return outcome;
}

TEST(Runner, OneRowForEachInputInOrderWhateverFails) {
  for (int workers : {1, 2, 3})
    for (int batch : {1, 3, 8})
      for (std::int64_t inputs : {0, 1, 7, 8, 9, 500}) {
        std::set<std::int64_t> bad;
        for (std::int64_t k = 0; k < inputs; ++k)
          if (k % 10 == 4 || k % 13 == 5 || (k > 100 && k < 130)) bad.insert(k);
        const Outcome outcome = run_doubling({inputs, workers, batch, {}, {}}, bad);
        ASSERT_EQ(static_cast<std::int64_t>(outcome.rows.size()), inputs);
        EXPECT_EQ(outcome.report.failed, static_cast<std::int64_t>(bad.size()));
        EXPECT_EQ(outcome.report.ok + outcome.report.failed, inputs);
        for (std::int64_t k = 0; k < inputs; ++k) {
          const Row& row = outcome.rows[static_cast<std::size_t>(k)];
          ASSERT_EQ(row.index, k);
          ASSERT_EQ(row.error.has_value(), bad.count(k) > 0) << k;
          if (row.error)
            EXPECT_EQ(row.error->code(), k % 2 ? Errc::internal : Errc::corrupt);
          else
            ASSERT_EQ(row.values.at(0), static_cast<float>(2 * k)) << "a row got another picture's result";
        }
      }
}

TEST(Runner, StopHandsOverWhatIsInFlight) {
  std::stop_source source;
  const Outcome outcome = run_doubling({10000, 2, 8, {}, {}}, {}, source.get_token(), [&](const Row& row) {
    if (row.index == 20) source.request_stop();
  });
  EXPECT_TRUE(outcome.report.interrupted);
  EXPECT_GT(outcome.rows.size(), 20u);
  EXPECT_LE(outcome.rows.size(), 21u + 8 * 5);
  for (std::size_t k = 0; k < outcome.rows.size(); ++k) EXPECT_EQ(outcome.rows[k].index, static_cast<std::int64_t>(k));
}

TEST(Runner, StopBeforeTheStartGivesNoRows) {
  std::stop_source source;
  source.request_stop();
  const Outcome outcome = run_doubling({100, 2, 8, {}, {}}, {}, source.get_token());
  EXPECT_TRUE(outcome.report.interrupted);
  EXPECT_TRUE(outcome.rows.empty());
}

TEST(Runner, FailureBudgetEndsTheRun) {
  std::set<std::int64_t> bad;
  for (std::int64_t k = 0; k < 1000; k += 2) bad.insert(k);
  const Outcome over = run_doubling({1000, 2, 4, {}, 10}, bad);
  EXPECT_TRUE(over.report.over_budget);
  EXPECT_FALSE(over.report.interrupted);
  EXPECT_GT(over.report.failed, 10);
  EXPECT_LT(over.rows.size(), 100u);
  EXPECT_FALSE(run_doubling({1000, 2, 4, {}, 500}, bad).report.over_budget);
}

TEST(Runner, AnErrorOfTheSinkEndsTheRunAndComesOut) {
  int rows = 0;
  std::atomic<int> running = 0;
  const std::set<std::int64_t> none;
  EXPECT_THROW(run(
                   {1000, 2, 4, {1}, {}}, [&] { return std::make_unique<Doubling>(none, running); },
                   [&](Row&&) {
                     if (++rows == 5) throw Error(Errc::io, "disk full");
                   },
                   {}, {}),
               Error);
  EXPECT_EQ(rows, 5);
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

TEST(Runner, ADeviceThatIsLostEndsTheRun) {
  for (const Errc code : {Errc::device, Errc::device_lost, Errc::device_memory}) {
    std::atomic<int> running = 0;
    std::vector<Row> rows;
    try {
      run(
          {1000, 2, 4, {1}, {}}, [&] { return std::make_unique<Losing>(running, code); },
          [&](Row&& row) { rows.push_back(std::move(row)); }, {}, {});
      ADD_FAILURE() << "expected an error";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), code);
    }
    EXPECT_LT(rows.size(), 100u);
    for (const Row& row : rows) EXPECT_EQ(row.error.has_value(), row.index >= 12);
  }
}

TEST(Runner, OtherErrorsOfABatchAreItsRows) {
  std::atomic<int> running = 0;
  std::int64_t failed = 0;
  const Report report = run(
      {40, 2, 4, {1}, {}}, [&] { return std::make_unique<Losing>(running, Errc::internal); },
      [&](Row&& row) { failed += row.error.has_value(); }, {}, {});
  EXPECT_EQ(report.inputs, 40);
  EXPECT_EQ(failed, 28);
}

}  // namespace
}  // namespace fovea::pipeline
