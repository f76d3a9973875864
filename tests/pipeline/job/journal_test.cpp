#include "pipeline/job/journal.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>

#include <fstream>
#include <optional>
#include <set>

#include "pipeline/job/job_rows.h"
#include "support/expect_error.h"
#include "support/read_text.h"
#include "support/temporary_directory.h"

namespace fovea::test {
namespace {

using namespace pipeline;
namespace fs = std::filesystem;
using Damage = History::Damage;

const Manifest manifest{{"model", "A"}, {"labels", "\xc3\xa9\"\\"}};

Commit commit_of(std::int64_t rows) {
  return {
      rows, rows / 2, std::string(32, 'a'), {{rows * 10, 0, 0, std::string(32, 'b')}, {7, 2, 1, std::string(32, 'c')}}};
}

std::string sample() {
  return record_line(0, manifest_record(manifest, true)) + record_line(1, start_record(17, "2026-01-02T03:04:05Z")) +
         record_line(2, commit_record(commit_of(4))) + record_line(3, commit_record(commit_of(9)));
}

TEST(History, ReadsWhatIsWritten) {
  const History history = read_history(sample());
  EXPECT_EQ(history.damage, Damage::none);
  EXPECT_EQ(history.manifest, manifest);
  EXPECT_TRUE(history.replaces);
  EXPECT_EQ(history.owner, "pid 17 since 2026-01-02T03:04:05Z");
  ASSERT_EQ(history.commits.size(), 2u);
  EXPECT_EQ(history.commits[1].rows, 9);
  EXPECT_EQ(history.commits[1].failed, 4);
  EXPECT_EQ(history.commits[1].outputs, commit_of(9).outputs);
  EXPECT_EQ(history.marks[1].bytes, std::ssize(sample()));
  EXPECT_EQ(history.end.sequence, 4);
}

// The digest was made by sha256sum.
TEST(History, ALineIsADigestAndItsText) {
  EXPECT_EQ(record_line(5, phase_record(Phase::complete)),
            "f8ff07b4c3d0c18d {\"sequence\":5,\"phase\":\"complete\"}\n");
}

// The journal tells of an earlier process, or of none: the lock knows better.
TEST(Journal, ASecondOneSaysWhichProcessHasIt) {
  const TemporaryDirectory folder(quick_root());
  for (const std::string& text : {std::string(), sample()}) {
    const fs::path path = folder.write("x.journal", text);
    const Descriptor first(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    ASSERT_EQ(::flock(first.get(), LOCK_EX), 0);
    const std::string pid = std::to_string(::getpid());
    expect_error(Errc::policy, "locked by pid " + pid + ";", [&] { Journal(Directory(folder.path()), "x.journal"); });
  }
}

TEST(History, AnEmptyJournalTellsNothing) {
  EXPECT_EQ(read_history("").damage, Damage::none);
  EXPECT_TRUE(read_history("").manifest.empty());
}

TEST(History, ATornTailIsToldFromDamage) {
  const std::string whole = sample();
  EXPECT_EQ(read_history(whole + std::string(100, '\0')).damage, Damage::torn);
  EXPECT_EQ(read_history(whole + "garbage\nmore\n").damage, Damage::torn);
  EXPECT_EQ(read_history(whole + "garbage\n" + record_line(4, commit_record(commit_of(11)))).damage, Damage::inside);
  EXPECT_EQ(read_history("x" + whole).damage, Damage::manifest);
  EXPECT_EQ(read_history("x").damage, Damage::torn);
}

// What a digest is for: a text that is well-formed, and not the one that was written.
TEST(History, ARecordThatSaysSomethingElseIsDamage) {
  const std::string whole = sample();
  const std::pair<const char*, const char*> changes[] = {
      {"\"rows\":9", "\"rows\":8"}, {"\"failed\":4", "\"failed\":1"}, {"[90,", "[91,"}, {"bbbb\"],[7", "bbbc\"],[7"}};
  for (const auto& [was, is] : changes) {
    std::string changed = whole;
    changed.replace(whole.rfind(was), std::string(was).size(), is);
    const History history = read_history(changed);
    EXPECT_EQ(history.damage, Damage::torn) << is;
    EXPECT_EQ(history.rows(), 4) << is;
  }
  std::string other_model = whole;
  other_model.replace(whole.find("\"A\""), 3, "\"B\"");
  EXPECT_EQ(read_history(other_model).damage, Damage::manifest);
}

TEST(History, RecordsOutOfTheirPlaceAreDamage) {
  const std::string commit = record_line(2, commit_record(commit_of(4)));
  EXPECT_EQ(read_history(sample() + commit).damage, Damage::torn);
  EXPECT_EQ(read_history(sample() + record_line(4, manifest_record(manifest, false))).damage, Damage::torn);
  EXPECT_EQ(read_history(commit + commit).damage, Damage::manifest);
  EXPECT_EQ(read_history(sample() + record_line(4, R"("rows":"many")")).rows(), 9);
}

TEST(History, ANewerVersionIsNotGuessedAt) {
  EXPECT_EQ(read_history(record_line(0, R"("fovea_journal":2,"something":"else")")).damage, Damage::newer);
}

TEST(History, VeryManyCommitsAreThinned) {
  std::string text = record_line(0, manifest_record(manifest, false));
  for (std::int64_t k = 1; k <= 10'000; ++k) text += record_line(k, commit_record(commit_of(k)));
  const History history = read_history(text);
  EXPECT_LE(history.commits.size(), 4096u);
  EXPECT_GE(history.commits.size(), 2048u);
  EXPECT_EQ(history.rows(), 10'000);
  ASSERT_EQ(history.commits.size(), history.marks.size());
  for (std::size_t k = 0; k < history.commits.size(); ++k)
    ASSERT_EQ(history.marks[k].sequence, history.commits[k].rows + 1);
}

class JournalDamage : public testing::Test {
 protected:
  static constexpr std::int64_t rows = 4;
  void SetUp() override {
    for (const bool finished : {false, true}) {
      const TemporaryDirectory folder;
      Job job(outputs(folder.path()), job_options());
      feed(job, paths(rows));
      if (finished) job.finish();
      (finished ? complete_ : partial_) = outcome(folder.path(), true);
    }
    rows_ = complete_.at("rows.jsonl");
  }
  static std::vector<JobOutput> outputs(const fs::path& folder) {
    return {{JobOutput::Kind::jsonl, folder / "rows.jsonl", 0, {}}};
  }

  // Opens a job with another journal, runs it, and holds the result to the right rows: they are all there, or an error
  // said so and nothing wrong stands under the output's name.
  void expect_safe(std::map<std::string, std::string> files, const std::string& journal) {
    files["rows.jsonl.journal"] = journal;
    restore(folder_.path(), files);
    JobOptions options = job_options();
    options.commit_seconds = 3600;
    options.warning = [&](const std::string&) { ++warned_; };
    options.note = [&](const std::string&) { ++noted_; };
    try {
      Job job(outputs(folder_.path()), options);
      reused_.insert(feed(job, paths(rows)));
      job.finish();
      ASSERT_EQ(read_text(folder_.path() / "rows.jsonl"), rows_);
      ASSERT_FALSE(fs::exists(folder_.path() / "rows.jsonl.partial"));
    } catch (const Error& error) {
      refused_.insert(std::string(name(error.code())));
      const auto after = outcome(folder_.path());
      ASSERT_TRUE(!after.contains("rows.jsonl") || after.at("rows.jsonl") == rows_);
    }
  }
  void expect_every_truncation_safe(const std::map<std::string, std::string>& files) {
    const std::string& journal = files.at("rows.jsonl.journal");
    for (std::size_t size = 0; size < journal.size(); ++size) {
      expect_safe(files, journal.substr(0, size));
      if (HasFatalFailure()) FAIL() << "cut to " << size;
    }
  }
  void expect_every_flip_safe(const std::map<std::string, std::string>& files) {
    const std::string& journal = files.at("rows.jsonl.journal");
    for (std::size_t bit = 0; bit < 8 * journal.size(); ++bit) {
      std::string flipped = journal;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
      const std::size_t said = warned_ + noted_ + refused_total();
      expect_safe(files, flipped);
      if (HasFatalFailure()) FAIL() << "bit " << bit;
      ASSERT_GT(warned_ + noted_ + refused_total(), said) << "silent about bit " << bit;
    }
  }
  std::size_t refused_total() const { return refused_.size(); }

  TemporaryDirectory folder_{quick_root()};
  std::map<std::string, std::string> partial_, complete_;
  std::string rows_;
  std::multiset<std::string> refused_;
  std::set<std::int64_t> reused_;
  std::size_t warned_ = 0, noted_ = 0;
};

TEST_F(JournalDamage, EveryTruncationOfAnUnfinishedJob) {
  expect_every_truncation_safe(partial_);
  EXPECT_TRUE(refused_.empty());
  EXPECT_EQ(reused_, (std::set<std::int64_t>{0, 1, 2, 3}));
}

TEST_F(JournalDamage, EveryTruncationOfACompleteJob) {
  expect_every_truncation_safe(complete_);
  EXPECT_EQ(std::set<std::string>(refused_.begin(), refused_.end()), std::set<std::string>{"POLICY"});
  EXPECT_TRUE(reused_.contains(1) && reused_.contains(4));
}

TEST_F(JournalDamage, EveryFlippedBitOfAnUnfinishedJob) {
  expect_every_flip_safe(partial_);
  EXPECT_EQ(refused_.count("CORRUPT"), 8 * (1 + partial_.at("rows.jsonl.journal").find('\n')));
  EXPECT_GT(warned_, 0u);
}

TEST_F(JournalDamage, EveryFlippedBitOfACompleteJob) {
  expect_every_flip_safe(complete_);
  EXPECT_GT(refused_.count("CORRUPT"), 0u);
}

TEST_F(JournalDamage, AJournalWithoutRowsDoesNotOwnWhatIsThere) {
  auto files = complete_;
  std::string& journal = files["rows.jsonl.journal"];
  journal.resize(journal.find('\n') + 1);
  restore(folder_.path(), files);
  expect_error(Errc::policy, "no journal tells of", [&] { Job job(outputs(folder_.path()), job_options()); });
  EXPECT_EQ(read_text(folder_.path() / "rows.jsonl"), rows_);
}

TEST_F(JournalDamage, ADamagedManifestIsCuredByFresh) {
  auto files = partial_;
  files["rows.jsonl.journal"][3] ^= 1;
  restore(folder_.path(), files);
  expect_error(Errc::corrupt, "--fresh", [&] { Job job(outputs(folder_.path()), job_options()); });
  JobOptions fresh = job_options();
  fresh.fresh = true;
  Job job(outputs(folder_.path()), fresh);
  feed(job, paths(rows));
  job.finish();
  EXPECT_EQ(read_text(folder_.path() / "rows.jsonl"), rows_);
}

TEST_F(JournalDamage, ANewerJournalIsRefused) {
  auto files = partial_;
  files["rows.jsonl.journal"] = record_line(0, R"("fovea_journal":2)");
  restore(folder_.path(), files);
  expect_error(Errc::unsupported, "newer", [&] { Job job(outputs(folder_.path()), job_options()); });
  EXPECT_EQ(outcome(folder_.path(), true), files);
}

TEST_F(JournalDamage, AJournalThatIsALinkIsNotFollowed) {
  const fs::path victim = folder_.write("victim", "precious");
  fs::create_symlink(victim, folder_.path() / "rows.jsonl.journal");
  expect_error(Errc::io, "symbolic link", [&] { Job job(outputs(folder_.path()), job_options()); });
  EXPECT_EQ(read_text(victim), "precious");
}

TEST(JournalSize, StaysUnderTwoHundredBytesACommit) {
  const TemporaryDirectory folder;
  Job job({{JobOutput::Kind::jsonl, folder.path() / "rows.jsonl", 0, {}}}, job_options());
  feed(job, paths(50));
  const std::size_t begun = read_text(folder.path() / "rows.jsonl.journal").size();
  for (std::int64_t index = 50; index < 150; ++index) job.write(job_row(index, "picture-" + std::to_string(index)));
  EXPECT_LT(read_text(folder.path() / "rows.jsonl.journal").size() - begun, 100u * 200);
}

}  // namespace
}  // namespace fovea::test
