#include <gmock/gmock.h>

#include "fovea/precision.h"
#include "run_fovea.h"

namespace fovea::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using Arguments = std::vector<std::string>;

class AutoPrecision : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(path("in"));
    for (unsigned i = 10; i < 34; ++i) folder_.write("in/" + std::to_string(i) + ".ppm", picture(i));
    std::filesystem::create_directory(path("two"));
    for (unsigned i = 1; i < 3; ++i) folder_.write("two/" + std::to_string(i) + ".ppm", picture(i));
  }
  std::string path(const std::string& name) const { return (folder_.path() / name).native(); }

  // Where neither bf16 nor int8 can be: quick, and known beforehand to end with f32.
  ProgramResult without_instructions(Arguments arguments) const {
    return run(std::move(arguments), {{"ONEDNN_MAX_CPU_ISA", "AVX2"}});
  }
  ProgramResult portable(Arguments arguments) const {
    return run(std::move(arguments), {{"FOVEA_VARIANT", "portable"}});
  }

  ProgramResult run(Arguments arguments, std::vector<std::pair<std::string, std::string>> environment) const {
    arguments.insert(arguments.end(), {"--precision", "auto"});
    ProgramOptions options;
    options.environment = std::move(environment);
    options.environment.emplace_back("FOVEA_CACHE", path("cache"));
    return fovea(std::move(arguments), options);
  }

  // As an earlier portable() would have remembered it.
  void remember(Precision precision) const {
    ::setenv("FOVEA_CACHE", path("cache").c_str(), 1);
    ::setenv("FOVEA_VARIANT", "portable", 1);
    remember_precision(Model::load("mini"), {precision, {}, 0.995, 100, 100, "2026-01-02T03:04:05Z"});
    for (const char* name : {"FOVEA_CACHE", "FOVEA_VARIANT"}) ::unsetenv(name);
  }

  TemporaryDirectory folder_;
};

TEST_F(AutoPrecision, ShowsWhatItMeasuredAndRemembersIt) {
  const ProgramResult first = without_instructions({"classify", path("in")});
  ASSERT_EQ(first.exit_code, 0) << first.err;
  EXPECT_THAT(first.err, HasSubstr("measuring with 24 pictures"));
  EXPECT_THAT(first.err, HasSubstr("12 of 12"));
  EXPECT_THAT(first.err, HasSubstr("bf16: expected a processor with AVX-512 BF16 or AMX"));
  EXPECT_THAT(first.err, HasSubstr("f32, remembered for this CPU and model in " + path("cache")));
  EXPECT_EQ(json_lines(first.out).size(), 24u);

  const ProgramResult second = without_instructions({"classify", path("in")});
  EXPECT_THAT(second.err, HasSubstr("f32, as measured at 20"));
  EXPECT_THAT(second.err, HasSubstr("12 of 12 pictures agreed; remove " + path("cache")));
  EXPECT_THAT(second.err, Not(HasSubstr("measuring")));
  EXPECT_EQ(second.out, first.out);

  const ProgramResult stricter = without_instructions({"classify", path("in"), "--agreement", "99.9"});
  EXPECT_THAT(stricter.err, HasSubstr("is for an agreement of 99.5 %, not 99.9 %"));
  EXPECT_THAT(stricter.err, HasSubstr("measuring with 24 pictures"));
  EXPECT_THAT(without_instructions({"classify", path("in"), "--agreement", "99.9"}).err, HasSubstr("as measured at"));
}

TEST_F(AutoPrecision, EmbedsInWhatIsRemembered) {
  remember(Precision::bf16);
  const ProgramResult embedded =
      portable({"embed", path("two"), "--to", path("f.npy"), "--json-summary", path("run.json")});
  ASSERT_EQ(embedded.exit_code, 0) << embedded.err;
  EXPECT_THAT(embedded.err, HasSubstr("bf16, as measured at 2026-01-02T03:04:05Z, when 100 of 100 pictures agreed"));
  EXPECT_EQ(nlohmann::json::parse(read_text(path("run.json")))["settings"]["precision"], "bf16");
}

TEST_F(AutoPrecision, AJobGoesOnOnlyInThePrecisionItBeganIn) {
  remember(Precision::bf16);
  const Arguments job{"classify", path("two"), "-o", path("rows.jsonl")};
  ASSERT_EQ(portable(job).exit_code, 0);
  const std::string rows = read_text(path("rows.jsonl"));
  folder_.write("two/3.ppm", picture(99));
  const ProgramResult same = portable(job);
  ASSERT_EQ(same.exit_code, 0) << same.err;
  EXPECT_EQ(json_lines(read_text(path("rows.jsonl"))).size(), 3u);
  EXPECT_EQ(read_text(path("rows.jsonl")).substr(0, rows.size()), rows);
  remember(Precision::f32);
  const ProgramResult other = portable(job);
  EXPECT_EQ(other.exit_code, 77);
  EXPECT_THAT(other.err, HasSubstr("precision"));
}

TEST_F(AutoPrecision, AnotherSampleTakesThePlaceOfInputsThatAreReadOnce) {
  folder_.write("list.txt", path("in/10.ppm") + "\n");
  ProgramOptions listed;
  listed.in_file = path("list.txt");
  listed.environment = {{"FOVEA_CACHE", path("cache")}, {"ONEDNN_MAX_CPU_ISA", "AVX2"}};
  Arguments arguments{"classify", "-", "--precision", "auto"};
  expect_error_line(fovea(arguments, listed), "INVALID_ARGUMENT",
                    "read twice, got standard input or a pipe; name pictures like them by --sample-from FOLDER");
  arguments.insert(arguments.end(), {"--sample-from", path("in"), "--sample", "21"});
  const ProgramResult sampled = fovea(arguments, listed);
  EXPECT_EQ(sampled.exit_code, 0) << sampled.err;
  EXPECT_THAT(sampled.err, HasSubstr("measuring with 21 pictures"));
  EXPECT_EQ(json_lines(sampled.out).size(), 1u);
}

TEST_F(AutoPrecision, ReadsTheSampleFromListsToo) {
  std::string list;
  for (int i = 10; i < 34; ++i) list += path("in/" + std::to_string(i) + ".ppm") + "\n";
  folder_.write("list.txt", list);
  const ProgramResult listed = without_instructions({"classify", "--from", path("list.txt"), "--sample", "20"});
  EXPECT_EQ(listed.exit_code, 0) << listed.err;
  EXPECT_THAT(listed.err, HasSubstr("measuring with 20 pictures"));
}

TEST_F(AutoPrecision, SamplesThatSayNothingAreRefused) {
  std::filesystem::create_directory(path("few"));
  for (unsigned i = 10; i < 29; ++i) folder_.write("few/" + std::to_string(i) + ".ppm", picture(i));
  folder_.write("few/bad.ppm", "no picture");
  expect_error_line(without_instructions({"classify", path("few")}), "INVALID_ARGUMENT",
                    "at least 20 readable pictures to measure by, got 19 among the first 20 inputs");
  expect_error_line(without_instructions({"classify", path("in"), "--sample-from", path("none")}), "NOT_FOUND",
                    "expected a folder");
  expect_error_line(without_instructions({"classify", "http://127.0.0.1:9/a.jpg"}), "INVALID_ARGUMENT",
                    "expected inputs that can be read twice, got a URL");
  expect_error_line(without_instructions({"classify", path("in"), "--sample", "1000000"}), "INVALID_ARGUMENT",
                    "--sample: expected at most 87381 pictures");
  EXPECT_FALSE(std::filesystem::exists(path("cache/precision")));
}

TEST_F(AutoPrecision, ADamagedMemoryIsAnErrorThatNamesIt) {
  remember(Precision::f32);
  for (const auto& entry : std::filesystem::directory_iterator(path("cache/precision")))
    folder_.write("cache/precision/" + entry.path().filename().native(), "{");
  expect_error_line(portable({"classify", path("in")}), "CORRUPT", path("cache/precision"));
}

TEST_F(AutoPrecision, QuietIsQuiet) {
  EXPECT_EQ(without_instructions({"classify", path("in"), "-q"}).err, "");
}

TEST_F(AutoPrecision, ACacheThatCannotBeWrittenIsToldAndDoesNoHarm) {
  folder_.write("cache", "in the way");
  const ProgramResult ran = without_instructions({"classify", path("in")});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("f32, not remembered, the next run measures again"));
}

TEST_F(AutoPrecision, OptionsOfItAloneAreRefusedWithoutIt) {
  for (const Arguments& option : {Arguments{"--sample", "20"}, {"--sample-from", path("in")}, {"--agreement", "99"}}) {
    const ProgramResult ran = fovea({"classify", path("in"), option[0], option[1]});
    expect_error_line(ran, "INVALID_ARGUMENT", option[0] + ": expected --precision auto, got f32");
  }
  EXPECT_EQ(without_instructions({"classify", path("in"), "--sample", "19"}).exit_code, 2);
  for (const char* bound : {"0", "100.1", "-1", "nan", "99%", ""})
    EXPECT_EQ(without_instructions({"classify", path("in"), "--agreement", bound}).exit_code, 2) << bound;
  expect_error_line(without_instructions({"classify", path("in"), "--calibration", path("c.json")}), "INVALID_ARGUMENT",
                    "expected --precision int8, got auto");
}

}  // namespace
}  // namespace fovea::test
