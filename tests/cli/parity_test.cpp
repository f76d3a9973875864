#include <gmock/gmock.h>
#include <sys/stat.h>

#include "run_fovea.h"
#include "support/test_data.h"

namespace fovea::test {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class ParityVerb : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return (folder_.path() / name).native(); }

  void SetUp() override {
    std::filesystem::create_directory(path("in"));
    for (const char* name : {"rgb_420.jpg", "rgb8_n.png"})
      folder_.write(std::string("in/") + name, read_text(test_data(std::string("codec/") + name)));
  }

  // A program that stands for Python.
  ProgramOptions with_python(const std::string& script) const {
    const std::string program = folder_.write("python", "#!/bin/sh\n" + script).native();
    EXPECT_EQ(::chmod(program.c_str(), 0700), 0);
    ProgramOptions options;
    options.environment = {{"FOVEA_PYTHON", program}};
    return options;
  }

  const TemporaryDirectory folder_;
};

TEST_F(ParityVerb, ComparesThePicturesOfAFolder) {
  folder_.write("in/text", "no picture");
  const ProgramResult result = fovea({"parity", path("in"), "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("in/text: UNKNOWN_FORMAT: "));
  const std::vector<json> lines = json_lines(result.out);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0]["pictures"], 3);
  EXPECT_EQ(lines[0]["failed"], 1);
  EXPECT_FALSE(lines[0].contains("pillow"));
  for (const char* way : {"fast", "draft", "portable"}) {
    EXPECT_EQ(lines[0][way]["pictures"], 2) << way;
    EXPECT_EQ(lines[0][way]["equal"], 2) << way;
    for (const char* key : {"max_pixel", "mean_pixel", "max_logit", "mean_logit", "top1_flips"})
      EXPECT_EQ(lines[0][way][key], 0) << way << key;
  }
}

TEST_F(ParityVerb, FastDecodingShowsOnceAJpegIsLargeEnough) {
  const ProgramResult result =
      fovea({"parity", path("in/rgb_420.jpg"), "--resize", "4", "--crop", "4", "--json", "-q"});
  // A network may refuse so small a crop; then there is nothing to compare.
  if (result.exit_code == 65) GTEST_SKIP() << result.err;
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(json_lines(result.out)[0]["fast"]["equal"], 0);
  EXPECT_GT(json_lines(result.out)[0]["fast"]["max_pixel"], 0);
}

TEST_F(ParityVerb, PrintsATable) {
  const ProgramResult result = fovea({"parity", path("in"), "-q"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const std::vector<std::string> lines = lines_of(result.out);
  ASSERT_EQ(lines.size(), 6u) << result.out;
  EXPECT_THAT(lines[0], testing::StartsWith("WAY "));
  EXPECT_THAT(lines[1], testing::StartsWith("fast decode "));
  EXPECT_THAT(lines[2], testing::StartsWith("draft decode "));
  EXPECT_THAT(lines[3], testing::StartsWith("portable bodies "));
  EXPECT_THAT(lines[5], HasSubstr("ms a picture"));
}

TEST_F(ParityVerb, PicturesThatPillowRefusesAreNotComparedWithIt) {
  const ProgramResult result =
      fovea({"parity", path("in"), "--peers", "--json"},
            with_python("echo '{\"python\":\"9.9\",\"have\":{\"Pillow\":\"1\"},\"absent\":[]}'\n"
                        "while read line; do echo '{\"error\":\"no such picture\"}'; done\n"));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("peers: Python 9.9, Pillow 1"));
  EXPECT_THAT(result.err, HasSubstr("rgb_420.jpg: Pillow: no such picture"));
  EXPECT_FALSE(json_lines(result.out)[0].contains("pillow"));
  EXPECT_EQ(json_lines(result.out)[0]["fast"]["pictures"], 2);
}

TEST_F(ParityVerb, APythonThatEndsEndsTheRun) {
  const ProgramResult result =
      fovea({"parity", path("in"), "--peers"}, with_python("echo '{\"have\":{}}'\nread line\n"));
  EXPECT_EQ(result.exit_code, 74) << result.err;
  expect_error_line(result, "IO", "--peers: ");
}

TEST_F(ParityVerb, WhatCannotBeComparedIsAnError) {
  std::filesystem::create_directory(path("empty"));
  ProgramOptions no_python;
  no_python.environment = {{"FOVEA_PYTHON", path("none")}};
  struct Case {
    std::vector<std::string> arguments;
    int exit_code;
    std::string code, part;
  };
  for (const Case& tested :
       {Case{{}, 2, "INVALID_ARGUMENT", "INPUT"}, Case{{path("empty")}, 4, "NOTHING_TO_DO", "without files"},
        Case{{path("none.jpg"), "-q"}, 3, "TOO_MANY_FAILURES", "got none"},
        Case{{path("in"), "-m", path("none.pth")}, 65, "NOT_FOUND", "none.pth"},
        Case{{path("in"), "--peers"}, 65, "UNSUPPORTED", "FOVEA_PYTHON"},
        Case{{path("in"), "--wide"}, 2, "INVALID_ARGUMENT", "--wide"}}) {
    std::vector<std::string> arguments{"parity"};
    arguments.insert(arguments.end(), tested.arguments.begin(), tested.arguments.end());
    const ProgramResult result = fovea(arguments, no_python);
    EXPECT_EQ(result.exit_code, tested.exit_code) << result.err;
    expect_error_line(result, tested.code, tested.part);
  }
}

}  // namespace
}  // namespace fovea::test
