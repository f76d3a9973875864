#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "cli/run_fovea.h"

namespace fovea::test {
namespace {

// The fenced shell block of the README that holds `part`.
std::string shell_block(const std::string& part) {
  const std::string text = read_text(FOVEA_SOURCE_DIR "/README.md");
  const std::string open = "```sh\n";
  for (std::size_t at = 0; (at = text.find(open, at)) != text.npos;) {
    at += open.size();
    const std::string block = text.substr(at, text.find("```", at) - at);
    if (block.find(part) != block.npos) return block;
  }
  throw std::runtime_error("README.md has no shell block with " + part);
}

class Readme : public testing::Test {
 protected:
  Readme() {
    const std::string file = folder_.write("picture.ppm", picture(1, 500, 400)).native();
    std::filesystem::create_directories(folder_.path() / "photos");
    for (int i = 0; i < 6000; ++i)
      std::filesystem::create_hard_link(file, folder_.path() / "photos" / (std::to_string(10'000 + i) + ".ppm"));
  }
  // As a user would type it, with the program on the path.
  ProgramResult shell(const std::string& commands) {
    const std::string program = FOVEA_PROGRAM;
    return run_program("/bin/bash", {"-c", "PATH=" + program.substr(0, program.rfind('/')) + ":$PATH\n" + commands},
                       {.environment = {}, .folder = folder_.path().native(), .out_file = "", .started = {}});
  }
  TemporaryDirectory folder_;
};

TEST_F(Readme, AKilledJobGoesOnToTheSameBytes) {
  const ProgramResult result = shell(shell_block("kill -9 $!"));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.err.find("0 pictures and 6000 from before"), std::string::npos) << "the third finds all there";
  const std::string rows = read_text(folder_.path() / "rows.jsonl");
  ASSERT_EQ(fovea({"classify", "-q", "photos/", "-o", "whole.jsonl"},
                  {.environment = {}, .folder = folder_.path().native(), .out_file = "", .started = {}})
                .exit_code,
            0);
  EXPECT_EQ(rows == read_text(folder_.path() / "whole.jsonl"), true);
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "rows.jsonl.partial"));
}

}  // namespace
}  // namespace fovea::test
