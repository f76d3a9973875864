#include <gmock/gmock.h>

#include "run_fovea.h"
#include "support/test_data.h"

namespace fovea::test {
namespace {

using testing::HasSubstr;

// On processors without the instructions the verbs refuse, which is a test below.
class PrecisionOption : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return (folder_.path() / name).native(); }

  void SetUp() override {
    std::filesystem::create_directory(path("in"));
    for (const char* name : {"rgb_420.jpg", "rgb8_n.png"})
      folder_.write(std::string("in/") + name, read_text(test_data(std::string("codec/") + name)));
  }

  // The portable bodies compute everything on every processor.
  static ProgramOptions portable() {
    ProgramOptions options;
    options.environment = {{"FOVEA_VARIANT", "portable"}};
    return options;
  }

  TemporaryDirectory folder_;
};

TEST_F(PrecisionOption, CalibratesAndClassifiesInInt8) {
  const ProgramResult made = fovea({"model", "calibrate", path("in"), "-o", path("c.json")}, portable());
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_THAT(made.err, HasSubstr("2 pictures"));
  for (const std::vector<std::string>& how :
       {std::vector<std::string>{"--precision", "bf16"}, {"--precision", "int8", "--calibration", path("c.json")}}) {
    std::vector<std::string> arguments{"classify", path("in")};
    arguments.insert(arguments.end(), how.begin(), how.end());
    const ProgramResult ran = fovea(arguments, portable());
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_EQ(std::count(ran.out.begin(), ran.out.end(), '\n'), 2);
  }
}

TEST_F(PrecisionOption, AnotherPrecisionDoesNotGoOnWithARun) {
  ASSERT_EQ(fovea({"classify", path("in"), "-o", path("rows.jsonl")}, portable()).exit_code, 0);
  const ProgramResult other =
      fovea({"classify", path("in"), "-o", path("rows.jsonl"), "--precision", "bf16"}, portable());
  EXPECT_NE(other.exit_code, 0);
  EXPECT_THAT(other.err, HasSubstr("precision"));
}

TEST_F(PrecisionOption, ProcessorsWithoutInstructionsAreTold) {
  ProgramOptions old;
  old.environment = {{"ONEDNN_MAX_CPU_ISA", "AVX2"}};
  const ProgramResult bf16 = fovea({"classify", path("in"), "--precision", "bf16"}, old);
  EXPECT_NE(bf16.exit_code, 0);
  EXPECT_THAT(bf16.err, HasSubstr("bf16: expected a processor with AVX-512 BF16 or AMX"));
  const ProgramResult f16 = fovea({"classify", path("in"), "--precision", "f16"});
  EXPECT_NE(f16.exit_code, 0);
  EXPECT_THAT(f16.err, HasSubstr("f16: expected a CUDA device, on the CPU there is bf16; use f32"));
  ASSERT_EQ(fovea({"model", "calibrate", path("in"), "-o", path("c.json")}).exit_code, 0);
  const ProgramResult int8 =
      fovea({"classify", path("in"), "--precision", "int8", "--calibration", path("c.json")}, old);
  EXPECT_NE(int8.exit_code, 0);
  EXPECT_THAT(int8.err, HasSubstr("int8: expected a processor with AVX-512 VNNI"));
}

TEST_F(PrecisionOption, BadWishesAreRefused) {
  const auto refused = [&](std::vector<std::string> arguments, const std::string& said) {
    arguments.insert(arguments.begin() + 1, path("in"));
    const ProgramResult ran = fovea(arguments, portable());
    EXPECT_NE(ran.exit_code, 0);
    EXPECT_THAT(ran.err, HasSubstr(said));
  };
  refused({"classify", "--precision", "int8"}, "'fovea model calibrate' makes one");
  refused({"classify", "--precision", "int4"}, "int4");
  refused({"classify", "--calibration", path("c.json")}, "expected --precision int8, got f32");
  refused({"classify", "--precision", "int8", "--calibration", path("none.json")}, "none.json");
  folder_.write("bad.json", "{\"format\":");
  refused({"classify", "--precision", "int8", "--calibration", path("bad.json")}, "parse error");
  folder_.write("other.json", R"({"format":"fovea-calibration-1","model":"ab","pictures":1,"ranges":{}})");
  refused({"classify", "--precision", "int8", "--calibration", path("other.json")}, "expected one of mini");
  EXPECT_EQ(fovea({"model", "calibrate", path("in")}).exit_code, 2);
}

}  // namespace
}  // namespace fovea::test
