#include <filesystem>

#include "fovea/device.h"
#include "run_fovea.h"
#include "support/hostile_pictures.h"

namespace fovea::test {
namespace {

class Failures : public testing::Test {
 protected:
  // The first `bad` of `count` files are no pictures.
  void fill(int count, int bad) {
    for (int i = 0; i < count; ++i)
      folder_.write("in/" + std::to_string(1000 + i), i < bad ? "no picture" : picture(i));
  }
  ProgramResult classify(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"classify", "-o", "rows", "--json-summary", "run.json"});
    return fovea(arguments, {.environment = {}, .folder = folder_.path().native(), .out_file = "", .started = {}});
  }
  std::vector<nlohmann::json> rows(const std::string& file = "rows") {
    return json_lines(read_text(folder_.path() / file));
  }
  nlohmann::json summary() { return nlohmann::json::parse(read_text(folder_.path() / "run.json")); }

  TemporaryDirectory folder_;
};

TEST_F(Failures, AnEmptyFolderIsStatus4) {
  std::filesystem::create_directory(folder_.path() / "in");
  const ProgramResult result = classify({"in"});
  EXPECT_EQ(result.exit_code, 4);
  expect_error_line(result, "NOTHING_TO_DO");
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "rows"));
}

TEST_F(Failures, EveryInputFailedIsStatus3) {
  fill(2, 2);
  const ProgramResult result = classify({"in"});
  EXPECT_EQ(result.exit_code, 3);
  expect_error_line(result, "TOO_MANY_FAILURES");
  EXPECT_EQ(rows().size(), 2u);
  EXPECT_EQ(summary()["exit_code"], 3);
}

TEST_F(Failures, OneGoodPictureIsStatus0WithoutALimit) {
  fill(3, 2);
  EXPECT_EQ(classify({"in"}).exit_code, 0);
  EXPECT_EQ(summary()["failures"]["UNKNOWN_FORMAT"], 2);
}

TEST_F(Failures, ThePermittedNumberIsStatus0) {
  fill(6, 2);
  EXPECT_EQ(classify({"in", "--max-failures", "2"}).exit_code, 0);
  EXPECT_EQ(classify({"in", "--max-failures", "50%"}).exit_code, 0);
  EXPECT_EQ(classify({"in", "--max-failures=100%"}).exit_code, 0);
  EXPECT_EQ(rows().size(), 6u);
}

TEST_F(Failures, OneMoreStopsTheRunWithStatus3) {
  fill(400, 100);
  for (const char* limit : {"2", "0", "1%"}) {
    const ProgramResult result = classify({"in", "-b", "2", "--fresh", "--max-failures", limit});
    EXPECT_EQ(result.exit_code, 3) << limit;
    expect_error_line(result, "TOO_MANY_FAILURES", std::string("expected at most ") + limit + " failed, got ");
    EXPECT_NE(result.err.find("stopped early"), std::string::npos) << result.err;
    EXPECT_LT(rows("rows.partial").size(), 400u);
    EXPECT_GE(rows("rows.partial").size(), 1u);
    EXPECT_FALSE(std::filesystem::exists(folder_.path() / "rows")) << "a part under the final name";
    EXPECT_EQ(summary()["exit_code"], 3);
    EXPECT_EQ(summary()["inputs"], 400);
  }
}

TEST_F(Failures, TheLimitIsForAllOfAJobNotForEachRun) {
  fill(200, 30);
  const auto go_on = [&](const char* limit) { return classify({"in", "-b", "2", "--max-failures", limit}).exit_code; };
  EXPECT_EQ(go_on("2%"), 3);
  EXPECT_LT(rows("rows.partial").size(), 200u);
  EXPECT_EQ(go_on("4"), 3) << "with no picture more";
  EXPECT_EQ(go_on("14%"), 3) << "28 of 200";
  EXPECT_EQ(go_on("15%"), 0);
  EXPECT_EQ(rows().size(), 200u);
  EXPECT_EQ(go_on("29"), 3) << "a complete job";
  EXPECT_EQ(classify({"in", "--update", "--max-failures", "29"}).exit_code, 3) << "rows that were copied";
  EXPECT_EQ(classify({"in", "--update", "--max-failures", "30"}).exit_code, 0);
}

TEST_F(Failures, LabelsOfAnotherCountAreRefusedWithBothCounts) {
  fill(1, 0);
  folder_.write("labels", "a\nb\nc\n");
  const ProgramResult result = classify({"in", "--labels", "labels"});
  EXPECT_EQ(result.exit_code, 65);
  expect_error_line(result, "MODEL_FORMAT", "--labels labels: expected 10 labels, one a class of mini, got 3");
  expect_error_line(classify({"in", "--labels", "imagenet"}), "MODEL_FORMAT", "got 1000");
  EXPECT_EQ(classify({"in", "--labels", "none"}).exit_code, 65);
}

TEST_F(Failures, LabelsOfTheRightCountNameTheClasses) {
  fill(1, 0);
  folder_.write("labels", "\xEF\xBB\xBFl0\r\nl1\r\nl2\r\nl3\r\nl4\r\nl5\r\nl6\r\nl7\r\nl8\r\nl9\r\n");
  ASSERT_EQ(classify({"in", "--labels", "labels", "--topk", "10"}).exit_code, 0);
  for (const auto& guess : rows().at(0)["top"])
    EXPECT_EQ(guess["label"], "l" + std::to_string(guess["class"].get<int>()));
}

TEST_F(Failures, PreprocessingThatDoesNotFitTheModelIsStatus2) {
  fill(1, 0);
  expect_error_line(classify({"in", "--mean", "0.5"}), "INVALID_ARGUMENT", "--mean: expected 3 numbers");
  expect_error_line(classify({"in", "--std", "1,1,1,1"}), "INVALID_ARGUMENT", "got 4");
  expect_error_line(classify({"in", "--crop", "9000"}), "INVALID_ARGUMENT", "--crop");
  EXPECT_EQ(classify({"in", "--mean", "0.5"}).exit_code, 2);
}

TEST_F(Failures, AModelThatIsNotThereIsStatus65) {
  fill(1, 0);
  const ProgramResult result = classify({"in", "-m", "no-such-model.pth"});
  EXPECT_EQ(result.exit_code, 65);
  expect_error_line(result, "NOT_FOUND", "no-such-model.pth");
}

TEST_F(Failures, AFileThatIsNoModelIsStatus65) {
  fill(1, 0);
  folder_.write("model.pth", "hello, I am text");
  const ProgramResult result = classify({"in", "-m", "model.pth"});
  EXPECT_EQ(result.exit_code, 65);
  EXPECT_NE(result.err.find("model.pth"), std::string::npos) << result.err;
}

TEST_F(Failures, LimitsReachTheDecoder) {
  folder_.write("in/a", picture(1, 40, 36));
  folder_.write("in/b", picture(2, 20, 10));
  ASSERT_EQ(classify({"in", "--max-pixels", "1439"}).exit_code, 0);
  EXPECT_EQ(rows().at(0)["error_code"], "LIMIT_PIXELS");
  EXPECT_EQ(rows().at(1)["status"], "ok");
  ASSERT_EQ(classify({"in", "--fresh", "--max-side", "39"}).exit_code, 0);
  EXPECT_EQ(rows().at(0)["error_code"], "LIMIT_SIDE");
  ASSERT_EQ(classify({"in", "--fresh", "--max-bytes", "1K"}).exit_code, 0);
  EXPECT_EQ(rows().at(0)["error_code"], "LIMIT_BYTES");
}

TEST_F(Failures, CudaWithoutADriverIsStatus69AndNeverTheCpu) {
  if (unavailable_reason(Device::cuda()).empty()) GTEST_SKIP() << "there is a CUDA device";
  fill(1, 0);
  const ProgramResult result = classify({"in", "--device", "cuda"});
  EXPECT_EQ(result.exit_code, 69);
  EXPECT_EQ(lines_of(result.err).size(), 1u);
  expect_error_line(result, "DEVICE", "libcuda");
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "rows"));
}

TEST_F(Failures, AutoSaysWhatItTookAndWhy) {
  fill(1, 0);
  const ProgramResult result = classify({"in"});
  const auto device = summary()["device"];
  EXPECT_NE(result.err.find(device["name"].get<std::string>() + " (" + device["reason"].get<std::string>() + ")"),
            std::string::npos)
      << result.err;
}

TEST_F(Failures, AnUnknownDeviceIsStatus2) {
  fill(1, 0);
  const ProgramResult result = classify({"in", "--device", "gpu"});
  EXPECT_EQ(result.exit_code, 2);
  expect_error_line(result, "INVALID_ARGUMENT", "--device gpu");
}

TEST_F(Failures, APictureThatTakesTooLongIsTimeout) {
  fill(3, 0);
  folder_.write("in/1000", jpeg_of_scans(4096, 100'000));  // minutes
  EXPECT_EQ(classify({"in", "--timeout", "0.5", "--max-scans", "100000"}).exit_code, 0);
  EXPECT_EQ(summary()["failures"].dump(), R"({"TIMEOUT":1})");
  EXPECT_EQ(rows().at(0)["error_code"], "TIMEOUT");
}

}  // namespace
}  // namespace fovea::test
