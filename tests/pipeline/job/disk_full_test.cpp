#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "fovea/job.h"
#include "pipeline/job/job_rows.h"
#include "support/expect_error.h"
#include "support/temporary_directory.h"

namespace fovea::test {
namespace {

// No file grows beyond a size while this lives: writes end as on a full disk, short ones first.
class FullDisk {
 public:
  explicit FullDisk(std::uint64_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &now);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  void (*handler_)(int);
  rlimit before_{};
};

TEST(DiskFull, AtAnySizeTheJobGoesOnOnceThereIsRoom) {
  const TemporaryDirectory whole(quick_root());
  {
    Job job(job_outputs(whole.path(), true), job_options());
    feed(job, paths(6));
    job.finish();
  }
  const auto wanted = outcome(whole.path());
  int full = 0;
  for (std::uint64_t size = 0; size < 8000; size += 61) {
    const TemporaryDirectory folder(quick_root());
    try {
      const FullDisk disk(size);
      Job job(job_outputs(folder.path(), true), job_options());
      feed(job, paths(6));
      job.finish();
    } catch (const Error& error) {
      ++full;
      ASSERT_EQ(name(error.code()), name(Errc::io));
      ASSERT_NE(std::string(error.what()).find("disk full"), std::string::npos) << error.what();
      ASSERT_NE(std::string(error.what()).find(folder.path().native()), std::string::npos) << error.what();
      for (const auto& [file, text] : outcome(folder.path()))
        ASSERT_TRUE(file.ends_with(".partial") || file.starts_with("crops/")) << file << " at " << size;
    }
    Job job(job_outputs(folder.path(), true), job_options());
    feed(job, paths(6));
    job.finish();
    ASSERT_EQ(outcome(folder.path()), wanted) << size;
  }
  EXPECT_GT(full, 50);
}

TEST(DiskFull, AFailureIsKeptAndTheDestructorIsSilent) {
  const TemporaryDirectory folder;
  std::optional<Job> job(std::in_place, job_outputs(folder.path(), true), job_options());
  {
    const FullDisk disk(0);
    expect_error(Errc::io, "disk full", [&] { feed(*job, paths(2)); });
  }
  expect_error(Errc::io, "disk full", [&] { job->write(job_row(1, "picture-1")); });
  expect_error(Errc::io, "disk full", [&] { job->finish(); });
  job.reset();
}

}  // namespace
}  // namespace fovea::test
