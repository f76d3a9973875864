#include <gtest/gtest.h>

#include "fovea/job.h"
#include "pipeline/job/earlier_rows.h"
#include "pipeline/job/job_rows.h"
#include "support/expect_error.h"
#include "support/temporary_directory.h"

namespace fovea::test {
namespace {

namespace fs = std::filesystem;
using Kind = JobOutput::Kind;
using Inputs = std::vector<std::string>;

// Paths that CSV and JSON must quote, twice the same, and bytes that are no UTF-8.
const Inputs before{"a-1", "b,\"x\"\n-4", "a-1", "c\\\t-14", "d\xff\xc3\xa9-2", "e-24", "f\r-3", "g-0", "\x01\x7f-5"};

class UpdateTest : public testing::TestWithParam<Kind> {
 protected:
  std::vector<JobOutput> outputs(const fs::path& folder) const {
    return {{GetParam(), folder / "rows", 0, {}},
            {Kind::npy, folder / "values.npy", 3, {}},
            {Kind::folder, folder / "crops", 0, {}}};
  }
  JobOptions updating() const {
    JobOptions options = job_options();
    options.update = true;
    return options;
  }
  JobOptions retrying(std::optional<Errc> code = {}) const {
    JobOptions options = updating();
    options.retry_failed = true;
    options.retry_code = code;
    return options;
  }
  void run(const Inputs& inputs, const JobOptions& options = job_options()) {
    Job job(outputs(folder_.path()), options);
    known_ = feed(job, inputs);
    job.finish();
    failed_ = job.failed();
  }
  // What a run over these inputs makes elsewhere, without the files of the folder.
  std::map<std::string, std::string> wanted(const Inputs& inputs) const {
    const TemporaryDirectory other(quick_root());
    Job job(outputs(other.path()), job_options());
    feed(job, inputs);
    job.finish();
    return lists(other.path());
  }
  static std::map<std::string, std::string> lists(const fs::path& folder) {
    auto files = outcome(folder);
    std::erase_if(files, [](const auto& file) { return file.first.starts_with("crops/"); });
    return files;
  }

  TemporaryDirectory folder_{quick_root()};
  std::int64_t known_ = 0, failed_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Rows, UpdateTest, testing::Values(Kind::jsonl, Kind::csv),
                         [](const auto& kind) { return kind.param == Kind::csv ? "csv" : "jsonl"; });

// The order is another, some are gone, some new, one of the twice named is named three times.
const Inputs after{"g-0",  "new-7",      "a-1",   "f\r-3",          "a-1", "b,\"x\"\n-4", "a-1",
                   "e-24", "\x01\x7f-5", "new-4", "d\xff\xc3\xa9-2"};

TEST_P(UpdateTest, OtherInputsMakeWhatAWholeRunMakes) {
  run(before);
  run(after, updating());
  EXPECT_EQ(known_, 8);
  EXPECT_EQ(lists(folder_.path()), wanted(after));
  EXPECT_EQ(failed_, 3);
}

TEST_P(UpdateTest, FailedRowsAreMadeAnew) {
  run(before);
  run(before, retrying());
  EXPECT_EQ(known_, 6);
  EXPECT_EQ(lists(folder_.path()), wanted(before));
}

TEST_P(UpdateTest, FailedRowsOfOneCodeAreMadeAnew) {
  run(before);
  std::int64_t others = 0;
  for (const std::string& path : before) {
    const Row row = job_row(0, path);
    if (!row.error || row.error->code() != Errc::truncated) ++others;
  }
  run(before, retrying(Errc::truncated));
  EXPECT_EQ(known_, others);
  EXPECT_EQ(lists(folder_.path()), wanted(before));
}

TEST_P(UpdateTest, RetriedRowsTakeTheirNewContents) {
  {
    Job job(outputs(folder_.path()), job_options());
    for (std::int64_t index = 0; index < 9; ++index) {
      Row row = job_row(index, before[static_cast<std::size_t>(index)]);
      if (index == 6) row.error = Error(Errc::timeout, "fetch: expected an answer");
      job.write(std::move(row));
    }
    job.finish();
  }
  run(before, retrying(Errc::timeout));
  EXPECT_EQ(known_, 8);
  EXPECT_EQ(lists(folder_.path()), wanted(before));
}

TEST_P(UpdateTest, GoesOnWhereverItWasStopped) {
  run(before);
  const auto saved = outcome(folder_.path(), true);
  const auto whole = wanted(after);
  for (std::int64_t stop = 0; stop <= std::ssize(after); ++stop) {
    restore(folder_.path(), saved);
    {
      Job job(outputs(folder_.path()), updating());
      feed(job, after, stop);
    }
    EXPECT_EQ(read_text(folder_.path() / "rows"), saved.at("rows"));
    Job job(outputs(folder_.path()), updating());
    EXPECT_EQ(job.rows(), stop);
    feed(job, after);
    job.finish();
    ASSERT_EQ(lists(folder_.path()), whole) << stop;
    EXPECT_EQ(job.failed(), 3);
  }
}

TEST_P(UpdateTest, TakesFromAnUnfinishedJob) {
  {
    Job job(outputs(folder_.path()), job_options());
    feed(job, before, 5);
  }
  {
    Job job(outputs(folder_.path()), updating());
    feed(job, after, 2);
    EXPECT_TRUE(fs::exists(folder_.path() / "rows.previous"));
  }
  run(after, updating());
  EXPECT_EQ(lists(folder_.path()), wanted(after));
}

TEST_P(UpdateTest, IsCompletedByThePlainCommandToo) {
  run(before);
  {
    Job job(outputs(folder_.path()), retrying());
    feed(job, before, 4);
  }
  expect_error(Errc::policy, "an update that makes anew failed rows is under way",
               [&] { Job job(outputs(folder_.path()), updating()); });
  run(before);
  EXPECT_EQ(lists(folder_.path()), wanted(before));
}

TEST_P(UpdateTest, CanBeRepeatedAndGoneOnWith) {
  run(before);
  run(after, updating());
  run(before, updating());
  EXPECT_EQ(lists(folder_.path()), wanted(before));
  Inputs more = before;
  more.push_back("more-1");
  run(more);
  EXPECT_EQ(known_, 9);
  EXPECT_EQ(lists(folder_.path()), wanted(more));
}

TEST_P(UpdateTest, WithoutEarlierRowsItIsAnOrdinaryRun) {
  run(before, updating());
  EXPECT_EQ(known_, 0);
  EXPECT_EQ(lists(folder_.path()), wanted(before));
}

TEST_P(UpdateTest, EarlierRowsThatChangedMeanwhileAreNotCopied) {
  run(before);
  {
    Job job(outputs(folder_.path()), updating());
    feed(job, after, 2);
  }
  std::string text = read_text(folder_.path() / "rows");
  text[text.size() / 2] = '#';
  folder_.write("rows", text);
  expect_error(Errc::policy, "expected the rows of the earlier run",
               [&] { Job job(outputs(folder_.path()), updating()); });
}

TEST_P(UpdateTest, ALostPartialOutputDoesNotCostTheEarlierRows) {
  run(before);
  {
    Job job(outputs(folder_.path()), updating());
    feed(job, before, 3);
  }
  fs::remove(folder_.path() / "rows.partial");
  run(before, updating());
  EXPECT_EQ(lists(folder_.path()), wanted(before));
}

TEST_P(UpdateTest, GoesOnWithItsOwnInputsOnly) {
  run(before);
  {
    Job job(outputs(folder_.path()), updating());
    feed(job, after, 5);
  }
  Job job(outputs(folder_.path()), updating());
  expect_error(Errc::policy, "got others behind the first 0; --fresh starts over", [&] { feed(job, before); });
}

TEST_P(UpdateTest, MissingKeptFilesAreRefused) {
  run(before);
  fs::remove(folder_.path() / "crops/file-0");
  expect_error(Errc::policy, "got changed ones", [&] { Job job(outputs(folder_.path()), updating()); });
}

TEST(Update, ArchivesAndOutputsWithoutRowsAreRefused) {
  const TemporaryDirectory folder;
  for (const auto& outputs : {std::vector<JobOutput>{{Kind::npy, folder.path() / "a", 3, {}}},
                              std::vector<JobOutput>{{Kind::jsonl, folder.path() / "b", 0, {}},
                                                     {Kind::tar, folder.path() / "b.tar", 0, {}}}}) {
    {
      Job job(outputs, job_options());
      feed(job, before);
      job.finish();
    }
    JobOptions options = job_options();
    options.update = true;
    expect_error(Errc::unsupported, "update", [&] { Job job(outputs, options); });
  }
}

}  // namespace
}  // namespace fovea::test
