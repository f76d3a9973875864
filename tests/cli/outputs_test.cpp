#include <unistd.h>

#include <filesystem>

#include "run_fovea.h"

namespace fovea::test {
namespace {

ProgramOptions in(const TemporaryDirectory& folder, std::string out_file = "") {
  return {.environment = {}, .folder = folder.path().native(), .out_file = std::move(out_file), .started = {}};
}

struct Refused {
  std::vector<std::string> arguments;  // after classify a.ppm
  int exit_code;
  std::string code, part;
};
class RefusedOutput : public testing::TestWithParam<Refused> {};

TEST_P(RefusedOutput, BeforeAnyWork) {
  const TemporaryDirectory folder;
  const std::string bytes = picture(1);
  folder.write("a.ppm", bytes);
  std::filesystem::create_symlink("a.ppm", folder.path() / "link");
  std::filesystem::create_directory(folder.path() / "sub");
  std::vector<std::string> arguments{"classify", "a.ppm"};
  arguments.insert(arguments.end(), GetParam().arguments.begin(), GetParam().arguments.end());
  const ProgramResult result = fovea(arguments, in(folder));
  EXPECT_EQ(result.exit_code, GetParam().exit_code);
  EXPECT_EQ(result.out, "");
  expect_error_line(result, GetParam().code, GetParam().part);
  EXPECT_EQ(read_text(folder.path() / "a.ppm"), bytes);
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "rows"));
}

INSTANTIATE_TEST_SUITE_P(
    Table, RefusedOutput,
    testing::Values(Refused{{"-o", "a.ppm"}, 2, "INVALID_ARGUMENT", "--output a.ppm: expected a file that is not read"},
                    Refused{{"-o", "sub/../a.ppm"}, 2, "INVALID_ARGUMENT", "got the input a.ppm"},
                    Refused{{"-o", "link"}, 2, "INVALID_ARGUMENT", "--output link"},
                    Refused{{"-o", "rows", "--save-logits", "a.ppm"}, 2, "INVALID_ARGUMENT", "--save-logits"},
                    Refused{{"-o", "rows", "--json-summary", "a.ppm"}, 2, "INVALID_ARGUMENT", "--json-summary"},
                    Refused{{"-o", "rows", "--json-summary", "./rows"}, 2, "INVALID_ARGUMENT", "the one of --output"},
                    Refused{{"-o", "none/rows"}, 74, "IO", "No such file or directory"},
                    Refused{{"-o", "a.ppm/rows"}, 74, "IO", "Not a directory"},
                    Refused{{"-o", "sub"}, 74, "IO", "Is a directory"}, Refused{{"-o", "new/"}, 74, "IO", "--output"},
                    Refused{{"-o", "rows", "--json-summary", "none/x"}, 74, "IO", "--json-summary none/x"}));

TEST(Outputs, AFolderThatCannotBeWrittenIsStatus74) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  const TemporaryDirectory folder;
  folder.write("a.ppm", picture(1));
  folder.write("locked/x", "");
  std::filesystem::permissions(folder.path() / "locked", std::filesystem::perms::owner_read);
  const ProgramResult result = fovea({"classify", "a.ppm", "-o", "locked/rows"}, in(folder));
  std::filesystem::permissions(folder.path() / "locked", std::filesystem::perms::owner_all);
  EXPECT_EQ(result.exit_code, 74);
}

TEST(Outputs, AFileThatNoRunLeftIsReplacedOnlyOnRequest) {
  const TemporaryDirectory folder;
  folder.write("a.ppm", picture(1));
  folder.write("rows", std::string(100'000, 'x'));
  const ProgramResult refused = fovea({"classify", "a.ppm", "-o", "rows"}, in(folder));
  EXPECT_EQ(refused.exit_code, 77);
  expect_error_line(refused, "POLICY", "--fresh replaces it");
  EXPECT_EQ(read_text(folder.path() / "rows").size(), 100'000u);
  EXPECT_EQ(fovea({"classify", "a.ppm", "-o", "rows", "--fresh"}, in(folder)).exit_code, 0);
  EXPECT_EQ(json_lines(read_text(folder.path() / "rows")).size(), 1u);
}

TEST(Outputs, WhatARunWritesIsNotAmongItsInputs) {
  const TemporaryDirectory folder;
  folder.write("a.ppm", picture(1));
  folder.write("sub/b.ppm", picture(2));
  for (int run = 0; run < 2; ++run) {
    EXPECT_EQ(fovea({"classify", ".", "-o", "rows"}, in(folder)).exit_code, 0);
    EXPECT_EQ(json_lines(read_text(folder.path() / "rows")).size(), 2u) << run;
  }
  std::filesystem::remove(folder.path() / "rows");
  std::filesystem::remove(folder.path() / "rows.journal");
  EXPECT_EQ(fovea({"classify", "."}, in(folder, folder.path() / "rows")).exit_code, 0);
  EXPECT_EQ(json_lines(read_text(folder.path() / "rows")).size(), 2u);
}

class FullDisk : public testing::TestWithParam<std::vector<std::string>> {};

TEST_P(FullDisk, IsStatus74InOneLine) {
  const TemporaryDirectory folder;
  for (int i = 0; i < 3; ++i) folder.write("in/" + std::to_string(i), picture(i));
  std::vector<std::string> arguments{"classify", "in"};
  arguments.insert(arguments.end(), GetParam().begin(), GetParam().end());
  const ProgramResult result = fovea(arguments, in(folder, GetParam().empty() ? "/dev/full" : ""));
  EXPECT_EQ(result.exit_code, 74);
  EXPECT_EQ(lines_of(result.err).size(), 1u) << result.err;
  expect_error_line(result, "IO", "No space left on device");
}

INSTANTIATE_TEST_SUITE_P(Ways, FullDisk,
                         testing::Values(std::vector<std::string>{}, std::vector<std::string>{"-o", "/dev/full"},
                                         std::vector<std::string>{"-o", "/dev/full", "--format", "csv"}));

TEST(Outputs, AFullDiskForTheSummaryIsStatus74) {
  const TemporaryDirectory folder;
  folder.write("a.ppm", picture(1));
  const ProgramResult result = fovea({"classify", "a.ppm", "-o", "rows", "--json-summary", "/dev/full"}, in(folder));
  EXPECT_EQ(result.exit_code, 74);
  expect_error_line(result, "IO", "--json-summary");
  EXPECT_EQ(json_lines(read_text(folder.path() / "rows")).size(), 1u);
}

TEST(Outputs, AReaderThatGoesAwayIsStatus74) {
  const TemporaryDirectory folder;
  std::vector<std::string> arguments{"-c", "\"$@\" | :; exit \"${PIPESTATUS[0]}\"", "bash", FOVEA_PROGRAM, "classify",
                                     "-q"};
  for (int i = 0; i < 300; ++i) arguments.push_back(folder.write(std::to_string(i), picture(i)).native());
  const ProgramResult result = run_program("/bin/bash", arguments);
  EXPECT_EQ(result.exit_code, 74) << result.err;
  expect_error_line(result, "IO", "Broken pipe");
}

TEST(Summary, HoldsTheFactsOfTheRun) {
  const TemporaryDirectory folder;
  folder.write("in/a", picture(1));
  folder.write("in/b", picture(2));
  folder.write("in/c", "");
  const ProgramResult result =
      fovea({"classify", "in", "-o", "rows", "--json-summary", "run.json", "-b", "4", "--mean", "0.5,0.25,0.125"},
            in(folder));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const auto summary = nlohmann::json::parse(read_text(folder.path() / "run.json"));
  EXPECT_EQ(summary["inputs"], 3);
  EXPECT_EQ(summary["ok"], 2);
  EXPECT_EQ(summary["failed"], 1);
  EXPECT_EQ(summary["failures"], (nlohmann::json{{"EMPTY", 1}}));
  EXPECT_EQ(summary["exit_code"], 0);
  EXPECT_EQ(summary["interrupted"], false);
  EXPECT_EQ(summary["batch_size"], 4);
  EXPECT_EQ(summary["command_line"][0], "in");
  EXPECT_EQ(summary["model"]["name"], "mini");
  EXPECT_EQ(summary["model"]["fingerprint"].get<std::string>().size(), 64u);
  EXPECT_EQ(summary["preprocess"]["mean"], (nlohmann::json{0.5, 0.25, 0.125}));
  EXPECT_FALSE(summary["device"]["reason"].get<std::string>().empty());
  EXPECT_GE(summary["threads"], 1);
  EXPECT_GT(summary["images_per_s"], 0);
  EXPECT_GT(summary["first_result_s"], 0);
  EXPECT_LE(summary["first_result_s"], summary["seconds"]);
  EXPECT_GT(summary["peak_rss_mb"], 1);
  EXPECT_FALSE(summary["stages"].empty());
  for (const char* key : {"version", "failures", "stages"}) EXPECT_TRUE(summary.contains(key)) << key;
  for (const char* part : {"failed: 1 EMPTY", "in/c: EMPTY: ", "3 pictures, 1 failed", "3 rows are in rows"})
    EXPECT_NE(result.err.find(part), std::string::npos) << part << " in " << result.err;
}

}  // namespace
}  // namespace fovea::test
