#include <chrono>
#include <filesystem>
#include <thread>

#include "run_fovea.h"

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

INSTANTIATE_TEST_SUITE_P(Signals, InterruptedRun, testing::Values(SIGINT, SIGTERM),
                         [](const auto& instance) { return instance.param == SIGINT ? "SIGINT" : "SIGTERM"; });

using InterruptedTwice = InterruptedRun;

// The drain may be over before the second signal: then it was an ordinary interruption.
TEST_P(InterruptedTwice, EndsWithTheSignalsNumber) {
  const ProgramResult result = classify(50);
  EXPECT_TRUE(result.exit_code == 128 + GetParam() || result.exit_code == 75) << result.exit_code << result.err;
  json_lines(read_text(folder_.path() / "rows.partial"));
}

INSTANTIATE_TEST_SUITE_P(Signals, InterruptedTwice, testing::Values(SIGINT, SIGTERM),
                         [](const auto& instance) { return instance.param == SIGINT ? "SIGINT" : "SIGTERM"; });

}  // namespace
}  // namespace fovea::test
