// The time that one input may take.
#include "pipeline/deadline.h"

#include <gtest/gtest.h>

#include <thread>

#include "fovea/embed.h"
#include "fovea/stats.h"
#include "fovea/store.h"
#include "fovea/transform.h"
#include "pipeline/admitted_decode.h"
#include "pipeline/stage.h"
#include "support/expect_error.h"
#include "support/formula_weights.h"
#include "support/hostile_pictures.h"

namespace fovea::pipeline {
namespace {

using namespace test;

TEST(Deadline, IsOverAtItsTimeAndNeverWithout) {
  EXPECT_FALSE(Deadline().over());
  EXPECT_FALSE(Deadline(1e6).over());
  EXPECT_TRUE(Deadline(0).over());
  EXPECT_TRUE(Deadline(-1).over());
  Deadline deadline(0);
  deadline.give_back(1e6);
  EXPECT_FALSE(deadline.over());
  expect_error(Errc::timeout, "ops: ", [] { Deadline(0).check("ops"); });
}

TEST(Deadline, WaitingForMemoryDoesNotCount) {
  const std::string file = picture_file("rgb_420.jpg");
  Budget budget(23 * 15 * 3);
  StageTimes times;
  std::optional<Result<DecodedImage>> image;
  std::jthread decoding;
  {
    const Budget::Lease all = budget.admit(budget.total());
    Deadline deadline(0.2);
    const Deadline same = deadline;
    decoding = std::jthread([&, deadline]() mutable {
      Budget::Lease lease;
      image = decode_admitted(bytes_of(file), {}, host_memory(), budget, deadline, lease, times, {});
    });
    while (!same.over() || budget.waiting() == 0) std::this_thread::yield();
  }
  decoding.join();
  ASSERT_TRUE(image);
  EXPECT_TRUE(*image) << image->error().what();
}

// Small pictures, and in their midst one that takes minutes.
class OneSlow : public Source {
 public:
  std::optional<std::string> next() override {
    return next_ == count ? std::nullopt : std::optional(std::to_string(next_++));
  }
  Content take() override { return std::as_bytes(std::span(next_ - 1 == slow ? slow_ : small_)); }
  static constexpr int count = 12, slow = 5;

 private:
  const std::string small_ = picture_file("rgb_420.jpg"), slow_ = jpeg_of_scans(4096, 100'000);
  int next_ = 0;
};

DecodeOptions any_scans() {
  DecodeOptions decode;
  decode.limits.max_scans = std::numeric_limits<int>::max();
  return decode;
}

struct Case {
  const char* name;
  std::unique_ptr<Task> (*task)();
};
const Case cases[] = {
    {"embed",
     [] {
       const Model model = Model::from_state_dict(FormulaWeights::cifar(1, {4, 8, 8}, 5), "small");
       return embed_task(model, {.decode = any_scans()});
     }},
    {"stats", [] { return stats_task({.decode = any_scans()}); }},
    {"store", [] { return store_task({.check = StoreOptions::Check::decode, .limits = any_scans().limits}); }},
    {"transform", [] { return transform_task({.ops = "resize=8", .decode = any_scans()}); }}};

class SlowPicture : public testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(All, SlowPicture, testing::ValuesIn(cases),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST_P(SlowPicture, IsARowWithTimeoutAndTheOthersAreUntouched) {
  OneSlow source;
  RunOptions options;
  options.memory_bytes = std::int64_t{512} << 20;
  options.fetch.timeout = 0.5;
  std::vector<Row> rows;
  const Report report = run(
      source, *GetParam().task(), [&](Row&& row) { rows.push_back(std::move(row)); }, options);
  ASSERT_EQ(rows.size(), static_cast<std::size_t>(OneSlow::count));
  EXPECT_EQ(report.failed, 1);
  for (const Row& row : rows) {
    EXPECT_EQ(row.error.has_value(), row.index == OneSlow::slow) << row.index;
    EXPECT_EQ(row.error ? name(row.error->code()) : "", row.index == OneSlow::slow ? "TIMEOUT" : "");
  }
}

// Pixels need no decoding: what is begun after the time is what must not be.
TEST(Deadline, OpsMeasuresAndEncodingAreNotBegunAfterIt) {
  const Array pixels = Array::zeros({8, 8, 3}, DType::u8);
  const std::pair<std::unique_ptr<Task>, const char*> tasks[] = {
      {transform_task({.ops = "resize=4", .decode = {}}), "ops: "},
      {transform_task({.ops = "format=png", .decode = {}}), "encode: "},
      {stats_task(), "measures: "}};
  Budget budget(1 << 20);
  for (const auto& [task, what] : tasks) {
    const std::unique_ptr<Stage> stage = task->stage(Device::cpu());
    Row row;
    EXPECT_NO_THROW(stage->load(pixels, row, {}, budget, Deadline()));
    expect_error(Errc::timeout, what, [&] { stage->load(pixels, row, {}, budget, Deadline(0)); });
  }
}

TEST(Deadline, ARunWithoutTimeIsRefused) {
  OneSlow source;
  const std::unique_ptr<Task> task = stats_task();
  for (const double seconds : {0.0, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
    RunOptions options;
    options.fetch.timeout = seconds;
    expect_error(Errc::invalid_argument, "timeout", [&] {
      run(
          source, *task, [](Row&&) {}, options);
    });
  }
}

}  // namespace
}  // namespace fovea::pipeline
