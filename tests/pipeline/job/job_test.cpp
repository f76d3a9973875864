#include "fovea/job.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "pipeline/job/job_rows.h"
#include "support/expect_error.h"
#include "support/read_text.h"
#include "support/temporary_directory.h"

namespace fovea::test {
namespace {

namespace fs = std::filesystem;
using Kind = JobOutput::Kind;

// Every kind of output at once, in a folder of its own.
class JobTest : public testing::Test {
 protected:
  JobOptions options() {
    JobOptions options = job_options();
    options.note = [this](const std::string& text) { notes_.push_back(text); };
    options.warning = [this](const std::string& text) { warnings_.push_back(text); };
    return options;
  }
  JobOptions fresh() {
    JobOptions options = this->options();
    options.fresh = true;
    return options;
  }
  JobOptions rarely() {
    JobOptions options = this->options();
    options.commit_seconds = 3600;
    return options;
  }
  std::vector<JobOutput> outputs(const fs::path& folder, bool tar = true) { return job_outputs(folder, tar); }
  fs::path here(const std::string& name) const { return folder_.path() / name; }
  // A run that is never stopped, of the same rows, elsewhere.
  std::map<std::string, std::string> wanted(std::int64_t rows, bool tar = true) {
    const TemporaryDirectory other(quick_root());
    Job job(outputs(other.path(), tar), rarely());
    feed(job, paths(rows));
    job.finish();
    return outcome(other.path());
  }

  TemporaryDirectory folder_{quick_root()};
  std::vector<std::string> notes_, warnings_;
};

// A folder in an output's place stops the giving of names in the middle.
TEST_F(JobTest, NamesThatWereNotAllGivenAreGivenWhenItIsOpenedAgain) {
  {
    Job job(outputs(folder_.path(), false), options());
    feed(job, paths(9));
    fs::create_directory(here("values.npy"));
    expect_error(Errc::policy, "values.npy", [&] { job.finish(); });
  }
  EXPECT_TRUE(fs::exists(here("rows.jsonl")));
  fs::remove(here("values.npy"));
  EXPECT_TRUE(Job(outputs(folder_.path(), false), options()).complete());  // without a row
  EXPECT_EQ(outcome(folder_.path()), wanted(9, false));
}

TEST_F(JobTest, OutputsAppearWhenAllIsDone) {
  Job job(outputs(folder_.path()), options());
  EXPECT_TRUE(job.journaled());
  feed(job, paths(7));
  EXPECT_FALSE(fs::exists(here("rows.jsonl")));
  EXPECT_TRUE(fs::exists(here("rows.jsonl.partial")));
  EXPECT_EQ(job.rows(), 7);
  EXPECT_EQ(job.failed(), 1);
  job.finish();
  EXPECT_TRUE(job.complete());
  EXPECT_FALSE(fs::exists(here("rows.jsonl.partial")));
  EXPECT_EQ(read_text(here("rows.jsonl")).substr(0, 60),
            R"({"index":0,"path":"picture-0","status":"ok","width":4,"heigh)");
}

TEST_F(JobTest, OutputsEqualThoseOfThePlainSinks) {
  {
    Job job(outputs(folder_.path()), options());
    feed(job, paths(9));
    job.finish();
  }
  const TemporaryDirectory plain;
  std::vector<std::unique_ptr<RowSink>> sinks;
  sinks.push_back(jsonl_sink(plain.path() / "rows.jsonl", job_options().columns));
  sinks.push_back(csv_sink(plain.path() / "rows.csv", job_options().columns));
  sinks.push_back(npy_sink(plain.path() / "values.npy", 3));
  sinks.push_back(folder_sink(plain.path() / "crops"));
  sinks.push_back(tar_sink(plain.path() / "one.tar"));
  sinks.push_back(tar_sink(plain.path() / "many.tar", {3, 0}));
  for (std::int64_t index = 0; index < 9; ++index)
    for (const auto& sink : sinks) sink->write(job_row(index, "picture-" + std::to_string(index)));
  for (const auto& sink : sinks) sink->finish();
  auto made = outcome(folder_.path());
  EXPECT_EQ(made.erase("crops.files"), 1u);
  EXPECT_EQ(made, outcome(plain.path()));
}

TEST_F(JobTest, GoesOnAfterAnyRowToTheSameBytes) {
  const auto whole = wanted(10);
  for (std::int64_t stop = 0; stop <= 10; ++stop) {
    const TemporaryDirectory folder(quick_root());
    {
      Job job(outputs(folder.path()), options());
      feed(job, paths(10), stop);
    }
    Job job(outputs(folder.path()), options());
    EXPECT_EQ(job.rows(), stop);
    EXPECT_EQ(feed(job, paths(10)), stop);
    job.finish();
    EXPECT_EQ(outcome(folder.path()), whole) << "stopped behind " << stop;
  }
  EXPECT_TRUE(notes_.empty() && warnings_.empty());
}

TEST_F(JobTest, ACompleteJobHasNothingToDo) {
  {
    Job job(outputs(folder_.path()), options());
    feed(job, paths(6));
    job.finish();
  }
  const auto before = outcome(folder_.path());
  Job job(outputs(folder_.path()), options());
  EXPECT_TRUE(job.complete());
  EXPECT_EQ(feed(job, paths(6)), 6);
  job.finish();
  EXPECT_EQ(outcome(folder_.path()), before);
}

TEST_F(JobTest, MoreInputsReopenACompleteJob) {
  {
    Job job(outputs(folder_.path()), options());
    feed(job, paths(6));
    job.finish();
  }
  {
    Job job(outputs(folder_.path()), options());
    EXPECT_EQ(feed(job, paths(11), 8), 6);
    EXPECT_FALSE(job.complete());
  }
  Job job(outputs(folder_.path()), options());
  EXPECT_EQ(feed(job, paths(11)), 8);
  job.finish();
  EXPECT_EQ(outcome(folder_.path()), wanted(11));
}

// What stands on the disk is what a kill would leave.
TEST_F(JobTest, AReopenedJobMayBeKilledBeforeItsFirstCommit) {
  {
    Job job(outputs(folder_.path()), options());
    feed(job, paths(6));
    job.finish();
  }
  Job job(outputs(folder_.path()), rarely());
  feed(job, paths(7));
  const TemporaryDirectory copy(quick_root());
  restore(copy.path(), outcome(folder_.path(), true));
  Job again(outputs(copy.path()), options());
  EXPECT_EQ(feed(again, paths(8)), 6);
  again.finish();
  EXPECT_EQ(outcome(copy.path()), wanted(8));
}

TEST_F(JobTest, NoInputsMakeEmptyOutputs) {
  {
    Job job(outputs(folder_.path()), options());
    job.finish();
  }
  EXPECT_EQ(read_text(here("rows.jsonl")), "");
  EXPECT_EQ(read_text(here("one.tar")), std::string(1024, '\0'));
  EXPECT_TRUE(Job(outputs(folder_.path()), options()).complete());
}

TEST_F(JobTest, ASecondRunIsRefused) {
  std::optional<Job> job(std::in_place, outputs(folder_.path()), options());
  expect_error(Errc::policy, "rows.jsonl.journal: locked by pid " + std::to_string(::getpid()) + " since 2",
               [&] { Job second(outputs(folder_.path()), options()); });
  job.reset();
  Job third(outputs(folder_.path()), options());
}

TEST_F(JobTest, AnOutputOfAnotherJobIsRefused) {
  Job job(outputs(folder_.path()), options());
  feed(job, paths(3));
  const std::string before = read_text(here("values.npy.partial"));
  expect_error(Errc::policy, "values.npy.partial: locked", [&] {
    Job second({{Kind::jsonl, here("second.jsonl"), 0, {}}, {Kind::npy, here("values.npy"), 3, {}}}, options());
  });
  expect_error(Errc::policy, "crops: locked", [&] { Job second({{Kind::folder, here("crops"), 0, {}}}, fresh()); });
  EXPECT_EQ(read_text(here("values.npy.partial")), before);
}

TEST_F(JobTest, OtherOptionsAreRefusedWithTheirDifferences) {
  { Job job(outputs(folder_.path()), options()); }
  JobOptions other = options();
  other.manifest = {{"model", "B"}, {"layer", "fc"}};
  other.columns.topk = 3;
  expect_error(
      Errc::policy,
      "(columns: was 2 classes, score, is 3 classes, score; model: was A, is B; topk: was 5, is absent; layer: was "
      "absent, is fc); --fresh starts over",
      [&] { Job job(outputs(folder_.path()), other); });
  auto fewer = outputs(folder_.path());
  fewer.pop_back();
  expect_error(Errc::policy, "output 6: was tar many.tar, shards of 3 files, 0 bytes, is absent",
               [&] { Job job(fewer, options()); });
}

TEST_F(JobTest, OtherInputsAreRefused) {
  {
    Job job(outputs(folder_.path()), options());
    feed(job, paths(5));
  }
  std::vector<std::string> other = paths(8);
  other[3] = "another";
  Job job(outputs(folder_.path()), options());
  expect_error(Errc::policy, "expected the inputs of the 5 rows that are there, got others behind the first 3",
               [&] { feed(job, other); });
  expect_error(Errc::policy, "behind the first 3", [&] { job.finish(); });
}

TEST_F(JobTest, PathsThatOnlyRunTogetherAlikeAreOtherInputs) {
  {
    Job job(outputs(folder_.path()), rarely());
    feed(job, {"ab", "c"});
  }
  Job job(outputs(folder_.path()), options());
  expect_error(Errc::policy, "got others behind the first 0", [&] { feed(job, {"a", "bc"}); });
}

TEST_F(JobTest, FewerInputsAreRefused) {
  {
    Job job(outputs(folder_.path()), options());
    feed(job, paths(5));
    job.finish();
  }
  Job job(outputs(folder_.path()), options());
  feed(job, paths(4));
  expect_error(Errc::policy, "got only the first 4", [&] { job.finish(); });
}

TEST_F(JobTest, RowsOutOfOrderAreRefused) {
  Job job(outputs(folder_.path()), options());
  expect_error(Errc::invalid_argument, "expected row 0, got row 1", [&] { job.write(job_row(1, "x")); });
}

TEST_F(JobTest, OutputsWithoutAJournalAreNotReplaced) {
  for (const char* name : {"rows.jsonl", "rows.csv", "values.npy", "one.tar", "many-00000.tar", "crops/x"}) {
    const TemporaryDirectory folder;
    folder.write(name, "precious");
    expect_error(Errc::policy, "--fresh", [&] { Job job(outputs(folder.path()), options()); });
    EXPECT_EQ(read_text(folder.path() / name), "precious");
    EXPECT_FALSE(fs::exists(folder.path() / "rows.jsonl.journal"));
  }
}

TEST_F(JobTest, FreshReplacesAtTheEnd) {
  folder_.write("rows.jsonl", "precious");
  folder_.write("many-00001.tar", "stale");
  folder_.write("many-00000.tar", "stale");
  folder_.write("many-00002.tar", "stale");
  {
    Job job(outputs(folder_.path()), fresh());
    feed(job, paths(2));
  }
  EXPECT_EQ(read_text(here("rows.jsonl")), "precious");
  Job job(outputs(folder_.path()), options());
  feed(job, paths(3));
  job.finish();
  EXPECT_EQ(outcome(folder_.path()), wanted(3));
}

TEST_F(JobTest, FreshForgetsWhatWasBegun) {
  {
    Job job(outputs(folder_.path()), options());
    feed(job, paths(9));
  }
  JobOptions other = fresh();
  other.manifest[0].second = "C";
  Job job(outputs(folder_.path()), other);
  EXPECT_EQ(job.rows(), 0);
  EXPECT_EQ(feed(job, paths(4)), 0);
  job.finish();
  EXPECT_EQ(outcome(folder_.path()).at("rows.jsonl"), wanted(4).at("rows.jsonl"));
}

TEST_F(JobTest, AChangedCompleteOutputIsRefused) {
  {
    Job job(outputs(folder_.path()), options());
    feed(job, paths(8));
    job.finish();
  }
  for (const char* name : {"rows.jsonl", "rows.csv", "values.npy", "one.tar", "many-00000.tar", "many-00001.tar"}) {
    const std::string text = read_text(here(name));
    for (const std::size_t at : {std::size_t{0}, text.size() / 2, text.size() - 1}) {
      std::string changed = text;
      changed[at] = static_cast<char>(changed[at] ^ 4);
      folder_.write(name, changed);
      expect_error(Errc::policy, "got changed ones", [&] { Job job(outputs(folder_.path()), options()); });
    }
    folder_.write(name, text + "x");
    expect_error(Errc::policy, "got changed ones", [&] { Job job(outputs(folder_.path()), options()); });
    folder_.write(name, text);
  }
  EXPECT_TRUE(Job(outputs(folder_.path()), options()).complete());
  fs::remove(here("crops/file-2"));
  expect_error(Errc::policy, "got changed ones", [&] { Job job(outputs(folder_.path()), options()); });
}

TEST_F(JobTest, EveryCutOfAPartialOutputIsMadeGood) {
  {
    Job job(outputs(folder_.path()), options());
    feed(job, paths(7));
  }
  const auto whole = wanted(8);
  const auto saved = outcome(folder_.path(), true);
  for (const char* name : {"rows.jsonl.partial", "rows.csv.partial", "values.npy.partial", "many-00001.tar.partial",
                           "one.tar.partial", "crops.files.partial"}) {
    const std::string& text = saved.at(name);
    for (std::size_t size = 0; size <= text.size();
         size += size == text.size() ? 1 : std::min(text.size() - size, text.size() / 13 + 1)) {
      restore(folder_.path(), saved);
      folder_.write(name, std::string_view(text).substr(0, size));
      Job job(outputs(folder_.path()), rarely());
      ASSERT_TRUE(size == text.size() ? job.rows() == 7 : job.rows() < 7) << name << " " << size;
      feed(job, paths(8));
      job.finish();
      ASSERT_EQ(outcome(folder_.path()), whole) << name << " cut to " << size;
    }
  }
}

TEST_F(JobTest, ALineIsCutAnywhere) {
  const std::vector<JobOutput> rows{{Kind::jsonl, here("rows.jsonl"), 0, {}}};
  {
    Job job(rows, options());
    feed(job, paths(3));
  }
  const auto saved = outcome(folder_.path(), true);
  const std::string whole = wanted(3).at("rows.jsonl"), text = saved.at("rows.jsonl.partial");
  for (std::size_t size = 0; size <= text.size(); ++size) {
    restore(folder_.path(), saved);
    folder_.write("rows.jsonl.partial", std::string_view(text).substr(0, size));
    Job job(rows, rarely());
    EXPECT_EQ(job.rows(), std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size), '\n'));
    feed(job, paths(3));
    job.finish();
    ASSERT_EQ(read_text(here("rows.jsonl")), whole) << size;
  }
}

TEST_F(JobTest, AFlippedBitOfAPartialOutputIsMadeAnew) {
  {
    Job job(outputs(folder_.path()), options());
    feed(job, paths(5));
  }
  const auto whole = wanted(5);
  const auto saved = outcome(folder_.path(), true);
  for (const char* name : {"rows.jsonl.partial", "rows.csv.partial", "values.npy.partial", "one.tar.partial"}) {
    std::string text = saved.at(name);
    for (std::size_t at = 0; at < text.size(); at += text.size() / 16 + 1) {
      restore(folder_.path(), saved);
      std::string changed = text;
      changed[at] = static_cast<char>(changed[at] ^ 1);
      folder_.write(name, changed);
      Job job(outputs(folder_.path()), rarely());
      feed(job, paths(5));
      job.finish();
      ASSERT_EQ(outcome(folder_.path()), whole) << name << " at " << at;
    }
  }
  EXPECT_FALSE(warnings_.empty());
}

TEST_F(JobTest, MissingFilesOfAFolderAreMadeAnew) {
  {
    Job job(outputs(folder_.path()), options());
    feed(job, paths(7));
  }
  fs::remove(here("crops/sub/file-3"));
  folder_.write("crops/.partial-7", "left behind");
  Job job(outputs(folder_.path()), options());
  EXPECT_EQ(job.rows(), 3);
  feed(job, paths(7));
  job.finish();
  EXPECT_EQ(outcome(folder_.path()), wanted(7));
}

TEST_F(JobTest, APartialOutputThatIsALinkIsNotFollowed) {
  const fs::path victim = folder_.write("victim", "precious");
  {
    Job job(outputs(folder_.path()), options());
    feed(job, paths(3));
  }
  fs::remove(here("rows.jsonl.partial"));
  fs::create_symlink(victim, here("rows.jsonl.partial"));
  expect_error(Errc::io, "got a symbolic link", [&] { Job job(outputs(folder_.path()), options()); });
  EXPECT_EQ(read_text(victim), "precious");
}

TEST_F(JobTest, AnOutputSwappedDuringTheRunIsNotPublished) {
  Job job(outputs(folder_.path()), options());
  feed(job, paths(3));
  fs::rename(here("rows.jsonl.partial"), here("moved"));
  folder_.write("rows.jsonl.partial", "something else");
  expect_error(Errc::io, "got something in its place", [&] { job.finish(); });
  EXPECT_FALSE(fs::exists(here("rows.jsonl")));
}

TEST_F(JobTest, ARemovedOutputFolderIsAnError) {
  const fs::path below = here("below");
  fs::create_directory(below);
  Job job(outputs(below), options());
  feed(job, paths(2));
  fs::remove_all(below);
  expect_error(Errc::io, "removed during the run", [&] { job.write(job_row(2, "picture-5")); });
  expect_error(Errc::io, "removed during the run", [&] { job.finish(); });
}

TEST_F(JobTest, AnOutputThatAppearedMeanwhileIsNotReplaced) {
  Job job(outputs(folder_.path()), options());
  feed(job, paths(2));
  folder_.write("rows.csv", "precious");
  expect_error(Errc::policy, "appeared during the run", [&] { job.finish(); });
  EXPECT_EQ(read_text(here("rows.csv")), "precious");
}

TEST_F(JobTest, HostileNamesBecomeRowsWithAnError) {
  {
    Job job(outputs(folder_.path()), options());
    std::int64_t index = 0;
    for (const std::string& name : hostile_names()) {
      Row row = job_row(0, "picture");
      row.index = index++;
      row.file = name;
      job.write(std::move(row));
    }
    EXPECT_EQ(job.failed(), static_cast<std::int64_t>(hostile_names().size()));
    job.finish();
  }
  EXPECT_TRUE(fs::is_empty(here("crops")));
  EXPECT_EQ(read_text(here("one.tar")), std::string(1024, '\0'));
  EXPECT_NE(read_text(here("rows.jsonl")).find(R"("error_code":"POLICY","error_message":"file name: )"),
            std::string::npos);
}

TEST_F(JobTest, LinksInsideAFolderAreNotFollowed) {
  const fs::path victim = here("victim");
  fs::create_directory(victim);
  Job job(outputs(folder_.path()), options());
  fs::create_symlink(victim, here("crops/sub"));
  expect_error(Errc::io, "crops/sub", [&] { feed(job, paths(4)); });
  EXPECT_TRUE(fs::is_empty(victim));
}

TEST_F(JobTest, PipesAndDevicesHaveNoJournal) {
  Job job({{Kind::jsonl, "/dev/null", 0, {}}}, options());
  EXPECT_FALSE(job.journaled());
  EXPECT_FALSE(job.known(0, "x"));
  job.write(job_row(0, "x"));
  job.finish();
  EXPECT_EQ(job.rows(), 1);
}

TEST_F(JobTest, ADescriptorsNameHasNoJournal) {
  const fs::path file = folder_.write("kept", "");
  const int descriptor = ::open(file.c_str(), O_WRONLY);
  for (const char* name : {"/dev/fd/", "/proc/self/fd/"}) {
    Job job({{Kind::jsonl, name + std::to_string(descriptor), 0, {}}}, options());
    EXPECT_FALSE(job.journaled());
    job.write(job_row(0, "x"));
    job.finish();
    EXPECT_FALSE(read_text(file).empty());
  }
  ::close(descriptor);
}

TEST_F(JobTest, OutputsThatCannotBeAreRefused) {
  expect_error(Errc::invalid_argument, "expected an output", [&] { Job job({}, options()); });
  expect_error(Errc::io, "No such file", [&] { Job job({{Kind::jsonl, here("none/rows"), 0, {}}}, options()); });
  expect_error(Errc::io, "expected a file, got a folder", [&] {
    Job job({{Kind::jsonl, folder_.path(), 0, {}}}, options());
  });
  fs::create_symlink(here("elsewhere"), here("link"));
  expect_error(Errc::policy, "symbolic link", [&] { Job job({{Kind::jsonl, here("link"), 0, {}}}, options()); });
  expect_error(Errc::invalid_argument, "got a pipe or device", [&] {
    Job job({{Kind::jsonl, here("rows"), 0, {}}, {Kind::npy, "/dev/null", 3, {}}}, options());
  });
  JobOptions retry = options();
  retry.retry_failed = true;
  expect_error(Errc::invalid_argument, "expected an update", [&] { Job job(outputs(folder_.path()), retry); });
  expect_error(Errc::invalid_argument, "got 0", [&] { Job job({{Kind::npy, here("a.npy"), 0, {}}}, options()); });
}

TEST_F(JobTest, ABadRowEndsTheJobAndNothingIsLost) {
  {
    Job job(outputs(folder_.path()), options());
    feed(job, paths(2));
    Row row = job_row(2, "picture-2");
    row.values.pop_back();
    expect_error(Errc::invalid_argument, "expected 3 values", [&] { job.write(std::move(row)); });
    expect_error(Errc::invalid_argument, "expected 3 values", [&] { job.suspend(); });
  }
  Job job(outputs(folder_.path()), options());
  EXPECT_EQ(feed(job, paths(4)), 2);
  job.finish();
  EXPECT_EQ(outcome(folder_.path()), wanted(4));
}

TEST_F(JobTest, CommitsByItselfWhenRowsAreFew) {
  JobOptions slow = options();
  slow.commit_seconds = 0.01;
  Job job(outputs(folder_.path()), slow);
  job.write(job_row(0, "picture-0"));
  while (job.rows() < 1) std::this_thread::yield();
  job.write(job_row(1, "picture-1"));
  job.finish();
  EXPECT_EQ(outcome(folder_.path()), wanted(2));
}

}  // namespace
}  // namespace fovea::test
