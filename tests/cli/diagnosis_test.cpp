#include "run_fovea.h"

namespace fovea::test {
namespace {

struct Outcome {
  ProgramResult result;
  nlohmann::json diagnosis;
};

// One picture, named `times` times, on one thread.
Outcome classified(int times, std::vector<std::string> more, int width = 40, int height = 36) {
  const TemporaryDirectory folder;
  const std::string file = folder.path() / "a.ppm", summary = folder.path() / "run.json";
  folder.write("a.ppm", picture(1, width, height));
  std::vector<std::string> arguments{"classify",       "-j",    "1",        "-o", folder.path() / "rows",
                                     "--json-summary", summary, "--device", "cpu"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  for (int i = 0; i < times; ++i) arguments.push_back(file);
  const ProgramResult result = fovea(arguments);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return {result, nlohmann::json::parse(read_text(summary))["diagnosis"]};
}

int lines_with(const ProgramResult& result, const std::string& part) {
  int count = 0;
  for (const std::string& line : lines_of(result.err)) count += line.find(part) != std::string::npos;
  return count;
}

TEST(Diagnosis, ShortRunsSayNothingUnlessAsked) {
  const Outcome brief = classified(3, {});
  EXPECT_EQ(lines_with(brief.result, "cannot tell"), 0) << brief.result.err;
  EXPECT_TRUE(brief.diagnosis["binds"].is_null());
  EXPECT_TRUE(brief.diagnosis["forecasts"].empty());
  EXPECT_EQ(brief.diagnosis["verdict"].get<std::string>().find("cannot tell: 3 pictures in "), 0u);
  EXPECT_EQ(lines_with(classified(3, {"--what-if"}).result, "cannot tell: 3 pictures in "), 1);
}

TEST(Diagnosis, SaysWhatBindsAndMeasures) {
  const Outcome outcome = classified(300, {"--what-if"}, 640, 480);
  const nlohmann::json& diagnosis = outcome.diagnosis;
  EXPECT_EQ(diagnosis["binds"], "threads") << diagnosis;
  double shares = 0;
  for (const auto& list : {diagnosis["stages"], diagnosis["waits"]})
    for (const auto& part : list) shares += part["share"].get<double>();
  EXPECT_NEAR(shares, 1, 1e-6);
  std::vector<std::string> changes;
  for (const auto& forecast : diagnosis["forecasts"]) changes.push_back(forecast["change"]);
  ASSERT_GE(changes.size(), 4u);
  changes.resize(4);  // behind them what the processor can do in lower precision
  EXPECT_EQ(changes,
            (std::vector<std::string>{"one more thread", "a device for the network", "fast decode", "batches of 32"}));
  EXPECT_EQ(diagnosis["limits"][0]["stage"], "infer");
  EXPECT_EQ(lines_with(outcome.result, diagnosis["verdict"]), 1);
  EXPECT_EQ(lines_with(outcome.result, "RESOURCE  SERVERS"), 1);
  EXPECT_EQ(lines_with(outcome.result, "  fast decode: "), 1);
  EXPECT_LE(lines_of(outcome.result.err).size(), 16u) << outcome.result.err;  // 14 of it, the rate and the place
}

TEST(Diagnosis, QuietRunsSayNothing) {
  EXPECT_EQ(classified(3, {"--what-if", "-q"}).result.err, "");
}

}  // namespace
}  // namespace fovea::test
