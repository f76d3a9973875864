#include "cli/run_fovea.h"
#include "fovea/npy.h"
#include "support/temporary_directory.h"
#include "support/test_data.h"

namespace fovea::test {
namespace {

void expect_one_line(const std::string& program) {
  const std::string picture = test_data("codec/rgb_420.jpg").native();
  const ProgramResult result = run_program(program, {picture});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const auto lines = lines_of(result.out);
  ASSERT_EQ(lines.size(), 1u) << result.out << result.err;
  EXPECT_TRUE(lines[0].starts_with(picture + ": ")) << lines[0];
  EXPECT_TRUE(lines[0].ends_with(" %)")) << lines[0];
}

TEST(Example, OfTheTreeRuns) {
  expect_one_line(FOVEA_BINARY_DIR "/examples/classify_example");
}

TEST(Example, SaysWhatIsWrongWithAPicture) {
  const ProgramResult result = run_program(FOVEA_BINARY_DIR "/examples/classify_example", {"/nonexistent/a.jpg"});
  EXPECT_EQ(lines_of(result.out).size(), 1u) << result.out;
  EXPECT_TRUE(result.out.starts_with("/nonexistent/a.jpg: ")) << result.out;
}

TEST(Example, ArraysGivesTheStatisticsOfAFile) {
  const TemporaryDirectory folder;
  const std::string file = (folder.path() / "x.npy").native();
  std::vector<double> values;
  for (int k = 0; k < 4000; ++k) values.push_back(k % 4 - 1);  // -1, 0, 1, 2
  save_npy(file, Array::of<double>(values, {4000}));
  const ProgramResult result = run_program(FOVEA_BINARY_DIR "/examples/arrays_example", {file});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out,
            "mean 0.500000, standard deviation 1.118034\nsum of sqrt(|x|) + x^2: 9414.213562\n"
            "above zero: 2000 of 4000\n");
  EXPECT_EQ(run_program(FOVEA_BINARY_DIR "/examples/arrays_example", {"/nonexistent.npy"}).exit_code, 1);
}

TEST(Example, ProfilePrintsTablesAndWritesATrace) {
  const TemporaryDirectory folder;
  const std::string trace = (folder.path() / "t.json").native();
  const ProgramResult result = run_program(FOVEA_BINARY_DIR "/examples/profile_example", {trace});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.out.find("\nRanges on cpu:\n"), std::string::npos) << result.out;
  int steps = 0;
  for (const nlohmann::json& event : nlohmann::json::parse(read_text(trace))) steps += event.at("name") == "step";
  EXPECT_EQ(steps, 3);
  EXPECT_EQ(run_program(FOVEA_BINARY_DIR "/examples/profile_example", {"/nonexistent/t.json"}).exit_code, 1);
}

// A frame of 320x240 RGB, with its grey copy in f32, fits a segment of 1 MiB; 65 MiB do not fit a pool of 64.
TEST(Example, MemoryCountsReusesAndFindsTheLeak) {
  const ProgramResult result = run_program(FOVEA_BINARY_DIR "/examples/memory_example", {});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out,
            "frames: 100 allocations, at most 230400 bytes\nframes/scratch: 100 allocations, at most 307200 bytes\n"
            "pool: 199 of 200 allocations without the system, 1048576 bytes cached, fragmentation 0.00\n"
            "not given back: 1000 bytes, tag cache\n"
            "pool: expected at most 67108864 bytes, got a request for 68157440\n");
}

TEST(Package, AProjectOfItsOwnFindsAndLinksTheInstalledLibrary) {
#ifdef FOVEA_SANITIZED
  GTEST_SKIP() << "the package of a sanitizer build needs its flags";
#endif
  const TemporaryDirectory folder;
  const std::string prefix = (folder.path() / "prefix").native(), build = (folder.path() / "build").native();
  const auto cmake = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "cmake");
    const ProgramResult result = run_program("/usr/bin/env", arguments);
    EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
    return result.exit_code == 0;
  };
  ASSERT_TRUE(cmake({"--install", FOVEA_BINARY_DIR, "--prefix", prefix}));
  ASSERT_TRUE(cmake({"-G", "Ninja", "-S", FOVEA_SOURCE_DIR "/examples", "-B", build, "-DCMAKE_BUILD_TYPE=Release",
                     "-DCMAKE_PREFIX_PATH=" + prefix}));
  ASSERT_TRUE(cmake({"--build", build}));
  expect_one_line(build + "/classify_example");
  const ProgramResult installed = run_program(prefix + "/bin/fovea", {"--version"});
  EXPECT_EQ(installed.exit_code, 0) << installed.err;
  EXPECT_EQ(installed.out, fovea({"--version"}).out);
}

}  // namespace
}  // namespace fovea::test
