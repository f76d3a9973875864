#include <gtest/gtest.h>

#include <set>

#include "fovea/embed.h"
#include "fovea/stats.h"
#include "fovea/store.h"
#include "support/formula_weights.h"
#include "support/picture.h"

namespace fovea::test {
namespace {

// Pictures of many kinds, and bad ones between them.
class Pictures : public Source {
 public:
  Pictures() {
    for (const char* file : {"rgb_420.jpg", "rgb8_n.png", "lossless.webp", "rgb.tif", "p6.ppm", "grey.jpg", "exif.png"})
      texts_.push_back(picture_file(file));
    texts_.push_back("neither fish nor flesh");
    texts_.push_back("");
    texts_.push_back(texts_[0].substr(0, texts_[0].size() / 2));
  }
  std::optional<std::string> next() override {
    return next_ == count ? std::nullopt : std::optional(std::to_string(next_++));
  }
  Content take() override {
    if (next_ % 13 == 0) return Error(Errc::not_found, "not there");
    const std::string& text = texts_[static_cast<std::size_t>(next_ * 7 / 3) % texts_.size()];
    return std::as_bytes(std::span(text));
  }
  static constexpr int count = 60;

 private:
  std::vector<std::string> texts_;
  int next_ = 0;
};

struct Case {
  const char* name;
  std::unique_ptr<Task> (*task)(int batch);
};
const Case cases[] = {
    {"embed",
     [](int batch) {
       Preprocess preprocess;
       preprocess.resize = preprocess.crop = 12;
       const Model model = Model::from_state_dict(FormulaWeights::cifar(1, {4, 8, 8}, 5), "small");
       return embed_task(model.with_preprocess(preprocess), {.normalize = true, .batch_size = batch});
     }},
    {"stats", [](int) { return stats_task(); }},
    {"store", [](int) { return store_task({.check = StoreOptions::Check::decode}); }},
};

class Tasks : public testing::TestWithParam<Case> {
 protected:
  static std::vector<Row> rows_of(const Task& task, int workers, std::int64_t memory) {
    Pictures source;
    RunOptions options;
    options.workers = workers;
    options.memory_bytes = memory;
    std::vector<Row> rows;
    const Report report = run(
        source, task, [&](Row&& row) { rows.push_back(std::move(row)); }, options);
    EXPECT_EQ(report.inputs, Pictures::count);
    return rows;
  }
};
INSTANTIATE_TEST_SUITE_P(All, Tasks, testing::ValuesIn(cases),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST_P(Tasks, RowsAreTheSameForAnyWorkersBatchAndMemory) {
  const std::vector<Row> wanted = rows_of(*GetParam().task(1), 1, std::int64_t{64} << 20);
  ASSERT_EQ(wanted.size(), static_cast<std::size_t>(Pictures::count));
  std::set<std::string> errors;
  int whole = 0;
  for (const Row& row : wanted) {
    if (row.error)
      errors.insert(std::string(name(row.error->code())));
    else
      ++whole;
  }
  EXPECT_EQ(errors, (std::set<std::string>{"EMPTY", "NOT_FOUND", "TRUNCATED", "UNKNOWN_FORMAT"}));
  EXPECT_GT(whole, 30);
  for (const int workers : {1, 2, 3})
    for (const std::int64_t memory : {std::int64_t{20'000}, std::int64_t{64} << 20}) {
      const std::vector<Row> rows = rows_of(*GetParam().task(5), workers, memory);
      ASSERT_EQ(rows.size(), wanted.size());
      for (std::size_t i = 0; i < rows.size(); ++i) {
        const Row &a = rows[i], &b = wanted[i];
        EXPECT_EQ(a.index, static_cast<std::int64_t>(i));
        EXPECT_EQ(a.path, b.path);
        ASSERT_EQ(a.error.has_value(), b.error.has_value()) << i;
        if (a.error) continue;
        EXPECT_EQ(a.width, b.width);
        EXPECT_EQ(a.values, b.values);
        EXPECT_EQ(a.file, b.file);
        EXPECT_TRUE(a.bytes == b.bytes);
        ASSERT_EQ(a.fields.size(), b.fields.size());
        for (std::size_t k = 0; k < a.fields.size(); ++k) EXPECT_EQ(a.fields[k].value, b.fields[k].value) << k;
      }
    }
}

}  // namespace
}  // namespace fovea::test
