#include <fcntl.h>
#include <sys/stat.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <thread>

#include "base/descriptor.h"
#include "run_fovea.h"
#include "support/tar_bytes.h"

namespace fovea::test {
namespace {

constexpr int copies = 20'000;

class InterruptedRun : public testing::TestWithParam<int> {
 protected:
  InterruptedRun() {
    const std::string file = folder_.write("picture.ppm", picture(1, 500, 400)).native();
    std::filesystem::create_directory(folder_.path() / "in");
    for (int i = 0; i < copies; ++i)
      std::filesystem::create_hard_link(file, folder_.path() / "in" / (std::to_string(100'000 + i) + ".ppm"));
  }

  // Waits until rows arrive, then sends the signal `times` times.
  std::function<void(pid_t)> signal_after_the_first_rows(int times) {
    return [this, times](pid_t child) {
      const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
      std::error_code ignored;
      while (std::filesystem::file_size(folder_.path() / "rows.partial", ignored) + 1 <= 1 &&
             std::chrono::steady_clock::now() < deadline)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      for (int i = 0; i < times; ++i) {
        ::kill(child, GetParam());
        // Two at once would be one.
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      }
    };
  }

  // The same until it has ended, by SIGKILL after a minute.
  std::function<void(pid_t)> signal_until_its_end() {
    return [this](pid_t child) {
      signal_after_the_first_rows(1)(child);
      siginfo_t end{};
      const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
      while (end.si_pid == 0 && ::waitid(P_PID, static_cast<id_t>(child), &end, WEXITED | WNOHANG | WNOWAIT) == 0) {
        ::kill(child, std::chrono::steady_clock::now() < deadline ? GetParam() : SIGKILL);
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      }
    };
  }

  ProgramResult classify(int times) {
    return fovea({"classify", "in", "-o", "rows", "--json-summary", "run.json"},
                 {.environment = {},
                  .folder = folder_.path().native(),
                  .out_file = "",
                  .started = signal_after_the_first_rows(times)});
  }

  TemporaryDirectory folder_;
};

TEST_P(InterruptedRun, LeavesWholeRowsAndStatus75) {
  const ProgramResult result = classify(1);
  EXPECT_EQ(result.exit_code, 75) << result.err;
  EXPECT_NE(result.err.find("interrupted: finishing"), std::string::npos) << result.err;
  const auto rows = json_lines(read_text(folder_.path() / "rows.partial"));
  EXPECT_GE(rows.size(), 1u);
  EXPECT_LT(rows.size(), static_cast<std::size_t>(copies));
  for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(rows[i]["index"], i);
  expect_error_line(result, "INTERRUPTED",
                    std::to_string(rows.size()) + " of " + std::to_string(copies) + " rows are in rows");
  const auto summary = nlohmann::json::parse(read_text(folder_.path() / "run.json"));
  EXPECT_EQ(summary["interrupted"], true);
  EXPECT_EQ(summary["exit_code"], 75);
  EXPECT_EQ(summary["ok"], rows.size());
}

INSTANTIATE_TEST_SUITE_P(Signals, InterruptedRun, testing::Values(SIGINT, SIGTERM, SIGHUP),
                         [](const auto& instance) { return "SIG" + std::string(::sigabbrev_np(instance.param)); });

using InterruptedTwice = InterruptedRun;

// The drain may be over before the second signal: then it was an ordinary interruption.
TEST_P(InterruptedTwice, EndsWithTheSignalsNumber) {
  const ProgramResult result = classify(50);
  EXPECT_TRUE(result.exit_code == 128 + GetParam() || result.exit_code == 75) << result.exit_code << result.err;
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "rows"));
}

// A tar on standard input whose second member never comes: the drain has no end.
TEST_P(InterruptedTwice, EndsADrainThatDoesNotEnd) {
  const std::filesystem::path pipe = folder_.path() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const Descriptor writer(::open(pipe.c_str(), O_RDWR | O_CLOEXEC));
  const std::string member = tar_member("a.ppm", picture(1));
  ASSERT_EQ(::write(writer.get(), member.data(), member.size()), std::ssize(member));
  const ProgramResult result =
      fovea({"classify", "-", "-o", "rows", "--commit", "0"}, {.environment = {},
                                                               .folder = folder_.path().native(),
                                                               .out_file = "",
                                                               .started = signal_until_its_end(),
                                                               .in_file = pipe.native()});
  EXPECT_EQ(result.exit_code, 128 + GetParam()) << result.err;
  EXPECT_EQ(json_lines(read_text(folder_.path() / "rows.partial")).size(), 1u);
}

// Nobody reads what it says.
TEST_P(InterruptedTwice, EndsThoughStandardErrorIsStuck) {
  const std::filesystem::path pipe = folder_.path() / "errors";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const Descriptor stuck(::open(pipe.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  while (::write(stuck.get(), "full", 4) > 0) {
  }
  const ProgramResult result = run_program(
      "/bin/sh", {"-c", "exec \"$0\" classify in -o rows --commit 0 2>errors", FOVEA_PROGRAM},
      {.environment = {}, .folder = folder_.path().native(), .out_file = "", .started = signal_until_its_end()});
  EXPECT_EQ(result.exit_code, 128 + GetParam());
}

INSTANTIATE_TEST_SUITE_P(Signals, InterruptedTwice, testing::Values(SIGINT, SIGTERM, SIGHUP),
                         [](const auto& instance) { return "SIG" + std::string(::sigabbrev_np(instance.param)); });

}  // namespace
}  // namespace fovea::test
