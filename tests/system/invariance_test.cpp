#include "cli/run_fovea.h"
#include "support/test_data.h"
#include "system/real_pictures.h"

namespace fovea::test {
namespace {

namespace fs = std::filesystem;

struct Outputs {
  std::string rows, logits;
};

Outputs classify(const std::vector<std::string>& flags, const std::vector<std::string>& inputs,
                 const std::string& variant = "") {
  const TemporaryDirectory folder;
  const fs::path rows = folder.path() / "rows", logits = folder.path() / "logits.npy";
  std::vector<std::string> arguments{"classify", "-q", "-o", rows.native(), "--save-logits", logits.native()};
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  arguments.insert(arguments.end(), inputs.begin(), inputs.end());
  const ProgramResult result =
      fovea(arguments, {.environment = {{"FOVEA_VARIANT", variant}}, .folder = "", .out_file = "", .started = {}});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return {read_text(rows), read_text(logits)};
}

// Good, bad, large and small ones.
const std::vector<std::string> pictures{test_data("codec").native(), "missing"};

TEST(Invariance, BytesDoNotDependOnBatchOrWorkers) {
  for (const std::string format : {"jsonl", "csv"}) {
    const Outputs wanted = classify({"-b", "32", "-j", "2", "--format", format}, pictures);
    EXPECT_GT(lines_of(wanted.rows).size(), 100u);
    for (const std::string batch : {"1", "7", "32"})
      for (const std::string workers : {"1", "2"}) {
        const Outputs got = classify({"-b", batch, "-j", workers, "--format", format}, pictures);
        EXPECT_EQ(got.rows == wanted.rows, true) << "rows differ: -b " << batch << " -j " << workers << " " << format;
        EXPECT_EQ(got.logits == wanted.logits, true) << "logits differ: -b " << batch << " -j " << workers;
      }
  }
}

TEST(Invariance, PlainKernelsSeeTheSameInPictures) {
  const std::vector<std::string> few{test_data("codec/rgb_420.jpg").native(), test_data("codec/lossy.webp").native(),
                                     test_data("codec/rgb8_n.png").native(), test_data("codec/plain.gif").native(),
                                     test_data("codec/float.tif").native()};
  const auto tuned = json_lines(classify({}, few).rows), portable = json_lines(classify({}, few, "portable").rows);
  ASSERT_EQ(tuned.size(), 5u);
  ASSERT_EQ(portable.size(), 5u);
  EXPECT_EQ(tuned[4].at("error_code"), portable[4].at("error_code"));
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(tuned[i].at("top").at(0).at("class"), portable[i].at("top").at(0).at("class"));
    EXPECT_NEAR(tuned[i].at("top").at(0).at("prob").get<double>(), portable[i].at("top").at(0).at("prob").get<double>(),
                1e-5);
  }
}

}  // namespace
}  // namespace fovea::test
