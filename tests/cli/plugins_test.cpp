#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "fovea/npy.h"
#include "run_fovea.h"
#include "support/plugin_file.h"
#include "support/test_data.h"

namespace fovea::test {
namespace {

const std::string with_swirl = "--plugin=" + swirl_plugin;

TEST(Plugins, AreListedShownAndDocumented) {
  const std::string values = plugin_file("values");
  const ProgramResult list = fovea({"op", "list", "--plugin", values, with_swirl});
  EXPECT_EQ(list.exit_code, 0) << list.err;
  EXPECT_NE(list.out.find("\nswirl "), std::string::npos);
  EXPECT_NE(list.out.find("\nvalues "), std::string::npos);
  const ProgramResult show = fovea({"op", "show", with_swirl, "swirl"});
  EXPECT_EQ(show.exit_code, 0) << show.err;
  EXPECT_NE(show.out.find("inputs    IMAGE\n"), std::string::npos) << show.out;
  EXPECT_NE(show.out.find("-100 to 100"), std::string::npos) << show.out;
  const ProgramResult docs = fovea({"op", "docs", with_swirl});
  EXPECT_NE(docs.out.find("| radius | number | 0.5 | 0.001 to 10 | where the turn ends"), std::string::npos);
  EXPECT_EQ(fovea({"op", "docs"}).out.find("swirl"), std::string::npos);
}

TEST(Plugins, RunWithTheirParametersAsOptions) {
  const TemporaryDirectory folder;
  const std::string in = folder.write("a.ppm", picture(3)).native(), out = (folder.path() / "out.ppm").native();
  const ProgramResult still = fovea({"op", "--plugin", swirl_plugin, "run", "swirl", in, "--angle", "0", "-o", out});
  EXPECT_EQ(still.exit_code, 0) << still.err;
  EXPECT_EQ(read_text(out).substr(read_text(out).size() - 4320), read_text(in).substr(read_text(in).size() - 4320));
  EXPECT_EQ(fovea({"op", "run", "swirl", in, "-o", out, with_swirl, "--check-plugins"}).exit_code, 0);
  EXPECT_NE(read_text(out).substr(read_text(out).size() - 4320), read_text(in).substr(read_text(in).size() - 4320));
  const ProgramResult range = fovea({"op", "run", "swirl", in, "--radius", "11", "-o", out, with_swirl});
  EXPECT_EQ(range.exit_code, 2);
  expect_error_line(range, "INVALID_ARGUMENT", "--radius: expected a number from 0.001 to 10, got '11'");
  const ProgramResult help = fovea({"help", "op", "run", "swirl", with_swirl});
  EXPECT_NE(help.out.find("--angle"), std::string::npos) << help.out << help.err;
  EXPECT_NE(help.out.find("--plugin"), std::string::npos) << help.out;
}

TEST(Plugins, AreFunctionsOfEval) {
  const ProgramResult result =
      fovea({"eval", "values([1.5, 2], whole=4)[1] + sum(values([1.0], whole=1))", "--plugin", plugin_file("values")});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "21.5\n");  // 4 + 1 + 0.5 + 2 + 12 + 1 + 1
  EXPECT_NE(fovea({"eval", "--functions", with_swirl}).out.find("swirl(image, angle=3, radius=0.5)"),
            std::string::npos);
}

class PluginsInAChain : public testing::Test {
 protected:
  PluginsInAChain() {
    folder_.write("in/a.ppm", picture(3));
    std::filesystem::copy_file(swirl_plugin, folder_.path() / "swirl.so");
  }
  ProgramResult transform(const std::string& ops, const std::string& to) {
    return fovea({"transform", "in", "--plugin", "swirl.so", "--ops", ops + ",format=bmp", "--to", to},
                 {.environment = {}, .folder = folder_.path().native(), .out_file = "", .started = {}});
  }
  std::string made(const std::string& to) { return read_text(folder_.path() / to / "in/a.ppm.bmp"); }

  TemporaryDirectory folder_;
};

TEST_F(PluginsInAChain, TransformPictures) {
  for (const auto& [ops, to] :
       {std::pair{"crop=20", "plain"}, {"crop=20,swirl=0", "still"}, {"crop=20,swirl=2", "turned"}})
    ASSERT_EQ(transform(ops, to).exit_code, 0) << ops;
  ASSERT_FALSE(made("plain").empty());
  EXPECT_EQ(made("still"), made("plain"));
  EXPECT_NE(made("turned"), made("plain"));
}

TEST_F(PluginsInAChain, FetchKeepsWhatTheyMake) {
  const std::vector<std::string> fetch{"fetch", "in", "--ops", "swirl=2,format=bmp", "--to", "kept"};
  const ProgramOptions here{.environment = {}, .folder = folder_.path().native(), .out_file = "", .started = {}};
  const ProgramResult without = fovea(fetch, here);
  EXPECT_EQ(without.exit_code, 2);
  expect_error_line(without, "INVALID_ARGUMENT", "there is no op 'swirl'");
  std::vector<std::string> with = fetch;
  with.insert(with.end(), {"--plugin", "swirl.so"});
  ASSERT_EQ(fovea(with, here).exit_code, 0);
  ASSERT_EQ(transform("swirl=2", "turned").exit_code, 0);
  ASSERT_FALSE(made("kept").empty());
  EXPECT_EQ(made("kept"), made("turned"));
}

TEST_F(PluginsInAChain, AnotherBuildDoesNotGoOnWithAJob) {
  ASSERT_EQ(transform("swirl=2", "out").exit_code, 0);
  EXPECT_EQ(transform("swirl=2", "out").exit_code, 0);
  ASSERT_EQ(transform("crop=20", "plain").exit_code, 0);
  std::ofstream(folder_.path() / "swirl.so", std::ios::app) << '\0';
  const ProgramResult other = transform("swirl=2", "out");
  EXPECT_EQ(other.exit_code, 77);
  expect_error_line(other, "POLICY", "plug-in swirl");
  EXPECT_EQ(transform("crop=20", "plain").exit_code, 0) << "whose chain has no op of it";
}

TEST(Plugins, WhatTheyWriteIsWatched) {
  const std::string faults = plugin_file("faults");
  const std::string source = "writes_behind(cast([1, 2], 'u8'))";
  EXPECT_EQ(fovea({"eval", source, "--plugin", plugin_file("faults"), "--check-plugins"}).exit_code, 70);
  const ProgramResult result =
      fovea({"eval", "leaves_holes(cast([1, 2, 3, 4], 'u8'))", "--plugin", faults, "--check-plugins"});
  EXPECT_EQ(result.exit_code, 70);
  EXPECT_NE(result.err.find("leaves_holes: leaves 1 element of its output unwritten, the first at [3]"),
            std::string::npos)
      << result.err;
}

// The first block of C++ in docs/plugins.md, by the command under it.
TEST(Plugins, TheGuidesExampleBuildsAndRuns) {
  const std::string guide = read_text(FOVEA_SOURCE_DIR "/docs/plugins.md"), fence = "```";
  const std::size_t begin = guide.find(fence + "cpp\n") + 7;
  const TemporaryDirectory folder;
  const std::string source = folder.write("scale.cpp", guide.substr(begin, guide.find(fence, begin) - begin)).native();
  const std::string plugin = (folder.path() / "scale.so").native();
  ASSERT_NE(guide.find("g++ -std=c++17 -O2 -shared -fPIC scale.cpp -o scale.so"), std::string::npos);
  const ProgramResult build =
      run_program("/usr/bin/env", {"g++", "-std=c++17", "-O2", "-shared", "-fPIC", "-I", FOVEA_SOURCE_DIR "/include",
                                   "-Wall", "-Wextra", "-Werror", source, "-o", plugin});
  ASSERT_EQ(build.exit_code, 0) << build.err;
  std::filesystem::permissions(plugin, std::filesystem::perms::owner_all);
  const ProgramResult result =
      fovea({"eval", "scale(cast([[1, 2], [3, 4]], 'f32'), factor=-3)[1]", "--plugin", plugin, "--check-plugins"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "[ -9. -12.]\n");
}

struct Refusal {
  std::vector<std::string> arguments;
  int exit_code;
  std::string code, part;
};
void PrintTo(const Refusal& refusal, std::ostream* out) {
  for (const std::string& argument : refusal.arguments) *out << argument << ' ';
}
class PluginsRefusal : public testing::TestWithParam<Refusal> {};

TEST_P(PluginsRefusal, IsOneLine) {
  const TemporaryDirectory folder;
  folder.write("text.so", "no library");
  const ProgramResult result =
      fovea(GetParam().arguments, {.environment = {}, .folder = folder.path().native(), .out_file = "", .started = {}});
  EXPECT_EQ(result.exit_code, GetParam().exit_code) << result.err;
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(lines_of(result.err).size(), 1u) << result.err;
  expect_error_line(result, GetParam().code, GetParam().part);
}

INSTANTIATE_TEST_SUITE_P(
    Table, PluginsRefusal,
    testing::Values(
        Refusal{{"op", "list", "--plugin", "none.so"}, 65, "NOT_FOUND", "op: --plugin none.so: "},
        Refusal{{"op", "list", "--plugin="}, 65, "NOT_FOUND", "op: --plugin : "},
        Refusal{{"op", "list", "--plugin", "."}, 65, "NOT_A_FILE", "a directory"},
        Refusal{{"op", "list", "--plugin"}, 2, "INVALID_ARGUMENT", "--plugin"},
        Refusal{
            {"eval", "1", "--plugin", "text.so"}, 65, "UNKNOWN_FORMAT", "eval: --plugin text.so: plug-in: expected"},
        Refusal{{"eval", "1", "--plugin", plugin_file("refused_newer")}, 65, "UNSUPPORTED", "too old for it"},
        Refusal{{"eval", "1", "--plugin", plugin_file("refused_taken")}, 2, "INVALID_ARGUMENT", "flip: there is one"},
        Refusal{
            {"op", "run", "swirl", "text.so", "-o", "OUT.ppm"}, 2, "INVALID_ARGUMENT", "expected an op, got 'swirl'"},
        Refusal{{"transform", ".", "--ops", "swirl", "--to", "out"}, 2, "INVALID_ARGUMENT", "there is no op 'swirl'"},
        Refusal{{"transform", ".", "--plugin", "text.so", "--ops", "swirl", "--to", "out"},
                65,
                "UNKNOWN_FORMAT",
                "transform: --plugin text.so: plug-in: expected"},
        Refusal{{"report", "--plugin", "text.so"}, 2, "INVALID_ARGUMENT", "--plugin"},
        Refusal{{"eval", "--", "--plugin", "text.so"}, 2, "INVALID_ARGUMENT", "text.so"}));

}  // namespace
}  // namespace fovea::test
