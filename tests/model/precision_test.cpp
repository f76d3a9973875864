#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "fovea/calibration.h"
#include "fovea/npy.h"
#include "fovea/processor.h"
#include "support/expect_error.h"
#include "support/formula_weights.h"
#include "support/temporary_directory.h"
#include "support/test_data.h"

namespace fovea {
namespace {

using test::FormulaWeights;

Array formula_input(Shape shape) {
  Array input = Array::empty(std::move(shape), DType::f32);
  const std::vector<float> values = test::uniform("input", static_cast<std::size_t>(input.size()));
  std::copy(values.begin(), values.end(), input.span<float>().begin());
  return input;
}

Model cifar() {
  Preprocess preprocess;
  preprocess.resize = preprocess.crop = 32;
  preprocess.mean = preprocess.std = {0.5f, 0.5f, 0.5f};
  return Model::from_state_dict(FormulaWeights::cifar(3, {16, 32, 64}, 10), "cifar").with_preprocess(preprocess);
}

Calibration calibrated(const Model& model, const Array& pictures) {
  Calibrator calibrator(model);
  calibrator.add(pictures);
  return calibrator.result();
}

double relative_error(const Array& got, const Array& wanted) {
  double worst = 0, largest = 0;
  const auto a = got.span<float>(), b = wanted.span<float>();
  for (std::size_t k = 0; k < b.size(); ++k) {
    worst = std::max(worst, std::abs(static_cast<double>(a[k]) - b[k]));
    largest = std::max(largest, std::abs(static_cast<double>(b[k])));
  }
  return worst / largest;
}

bool refused(const Model& model, Precision precision) {
  try {
    precision == Precision::bf16 ? model.with_precision(precision) : model.with_int8({});
  } catch (const Error& error) {
    return error.code() == Errc::unsupported;
  }
  return false;
}

struct Case {
  const char *name, *variant;
  Precision precision;
  double bound;  // of the logits, relative to the largest
};

class LowPrecision : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    ::setenv("FOVEA_VARIANT", GetParam().variant, 1);
    if (refused(cifar(), GetParam().precision)) GTEST_SKIP() << "this processor has no instructions for it";
  }
  void TearDown() override { ::unsetenv("FOVEA_VARIANT"); }
  Model lowered(const Model& model, const Array& pictures) const {
    return GetParam().precision == Precision::bf16 ? model.with_precision(Precision::bf16)
                                                   : model.with_int8(calibrated(model, pictures));
  }
};

TEST_P(LowPrecision, LogitsAreNearThoseOfF32) {
  const Array pictures = formula_input({4, 3, 32, 32});
  const Model model = cifar(), low = lowered(model, pictures);
  EXPECT_EQ(low.precision(), GetParam().precision);
  const double error = relative_error(low.run(pictures), model.run(pictures));
  EXPECT_LE(error, GetParam().bound);
  EXPECT_GT(error, 1e-6) << "it runs in f32";
}

TEST_P(LowPrecision, BitsDoNotDependOnBatchOrThreads) {
  const std::int64_t count = 11;
  const Array pictures = formula_input({count, 3, 32, 32});
  const Model low = lowered(cifar(), pictures);
  const Array together = low.run(pictures, 2), alone = low.run(pictures, 1);
  for (std::int64_t n = 0; n < count; ++n) {
    const Array one = low.run(pictures.slice(0, {n, n + 1}), 1 + static_cast<int>(n % 2));
    for (std::size_t k = 0; k < 10; ++k) {
      ASSERT_EQ(one.span<float>()[k], together[n].span<float>()[k]) << n;
      ASSERT_EQ(one.span<float>()[k], alone[n].span<float>()[k]) << n;
    }
  }
}

TEST_P(LowPrecision, LayersAreOutputsToo) {
  const Array pictures = formula_input({2, 3, 32, 32});
  const Model model = cifar(), low = lowered(model, pictures);
  for (const char* layer : {"conv1", "layer2", "avgpool", ""}) {
    const Array wanted = model.with_output(layer, Pooling::none).run(pictures);
    EXPECT_LE(relative_error(low.with_output(layer, Pooling::none).run(pictures), wanted), 2 * GetParam().bound)
        << layer;
  }
}

INSTANTIATE_TEST_SUITE_P(All, LowPrecision,
                         testing::Values(Case{"bf16", "", Precision::bf16, 0.02},
                                         Case{"bf16_portable", "portable", Precision::bf16, 0.02},
                                         Case{"int8", "", Precision::int8, 0.08},
                                         Case{"int8_portable", "portable", Precision::int8, 0.08}),
                         [](const auto& tested) { return std::string(tested.param.name); });

// Of 200 photographs, whose f32 logits are torchvision's; 48 others of them calibrate.
class RealPictures : public testing::TestWithParam<Precision> {};

TEST_P(RealPictures, ResNet50Agrees) {
  const auto weights = test::shared_data("models/resnet50.pth"), folder = test::shared_data("images/imagenet-samples");
  if (!std::filesystem::exists(weights) || !std::filesystem::exists(folder)) GTEST_SKIP() << "no " << weights;
  const Model model = Model::load(weights.string());
  if (refused(model, GetParam())) GTEST_SKIP() << "this processor has no instructions for it";
  ImageProcessor::Options on_cpu;
  on_cpu.device = "cpu";
  ImageProcessor processor(on_cpu);
  processor.load_model(model);
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  const Array pictures = Array::empty({static_cast<std::int64_t>(files.size()), 3, 224, 224}, DType::f32);
  for (std::size_t i = 0; i < files.size(); ++i) {
    const Array picture = processor.preprocess(files[i]).value();
    std::copy_n(picture.span<float>().begin(), picture.size(),
                pictures[static_cast<std::int64_t>(i)].span<float>().begin());
  }
  const Array wanted = load_npy(test::shared_data("golden/resnet50.npy")).value();
  const auto count = static_cast<std::int64_t>(files.size());
  ASSERT_EQ(wanted.shape()[0], count);
  Calibrator calibrator(model);
  for (std::int64_t n = 0; n < count; n += 4) calibrator.add(pictures.slice(0, {n, n + 1}));
  const Model low =
      GetParam() == Precision::bf16 ? model.with_precision(Precision::bf16) : model.with_int8(calibrator.result());
  const Array got = low.run(pictures);
  int agree = 0, judged = 0;
  double error = 0;
  for (std::int64_t n = 0; n < count; ++n) {
    if (n % 4 == 0) continue;
    const auto a = got[n].span<float>(), b = wanted[n].span<float>();
    agree += std::max_element(a.begin(), a.end()) - a.begin() == std::max_element(b.begin(), b.end()) - b.begin();
    error = std::max(error, relative_error(got[n], wanted[n]));
    ++judged;
  }
  RecordProperty("agree", agree);
  std::cout << name(GetParam()) << ": " << agree << " of " << judged << ", worst logit " << error << "\n";
  EXPECT_GE(agree, judged * (GetParam() == Precision::bf16 ? 0.985 : 0.97));
}

INSTANTIATE_TEST_SUITE_P(All, RealPictures, testing::Values(Precision::bf16, Precision::int8),
                         [](const auto& tested) { return std::string(name(tested.param)); });

TEST(Calibrations, DoNotDependOnOrderOrBatches) {
  const Model model = cifar();
  const Array pictures = formula_input({5, 3, 32, 32});
  Calibrator other(model);
  for (std::int64_t n = 5; n-- > 0;) other.add(pictures.slice(0, {n, n + 1}));
  EXPECT_EQ(other.result().digest(), calibrated(model, pictures).digest());
  EXPECT_EQ(other.result().pictures, 5);
}

TEST(Calibrations, SurviveTheirFile) {
  const test::TemporaryDirectory folder;
  const Calibration made = calibrated(cifar(), formula_input({2, 3, 32, 32}));
  save_calibration(made, folder.path() / "c.json");
  const Calibration back = load_calibration(folder.path() / "c.json");
  EXPECT_EQ(back.ranges, made.ranges);
  EXPECT_EQ(back.digest(), made.digest());
}

TEST(Calibrations, BadFilesAreRefused) {
  const test::TemporaryDirectory folder;
  const auto refuses = [&](const std::string& text, const std::string& said) {
    const auto file = folder.write("bad.json", text);
    test::expect_error(Errc::corrupt, said, [&] { load_calibration(file); });
  };
  refuses("{", "parse error");
  refuses("[]", "");
  refuses(R"({"format":"other"})", "expected format fovea-calibration-1");
  refuses(R"({"format":"fovea-calibration-1","model":"","pictures":1,"ranges":{"conv1":-1}})", "conv1");
  refuses(R"({"format":"fovea-calibration-1","model":"","pictures":1,"ranges":{"conv1":"x"}})", "");
  refuses(R"({"format":"fovea-calibration-1","model":"","ranges":{}})", "pictures");
  test::expect_error(Errc::not_found, "", [&] { load_calibration(folder.path() / "none.json"); });
}

TEST(Calibrations, OfOtherModelsAreRefused) {
  const Model model = cifar();
  if (refused(model, Precision::int8)) GTEST_SKIP() << "this processor has no instructions for it";
  Calibration calibration = calibrated(model, formula_input({1, 3, 32, 32}));
  Calibration other = calibration;
  other.fingerprint = "ab";
  test::expect_error(Errc::model_format, "expected one of cifar", [&] { model.with_int8(other); });
  calibration.ranges.erase("layer2.0.conv1");
  test::expect_error(Errc::model_format, "range of layer layer2.0.conv1", [&] { model.with_int8(calibration); });
}

TEST(Calibrations, NeedPicturesOfTheRightShape) {
  Calibrator calibrator(cifar());
  test::expect_error(Errc::nothing_to_do, "at least one picture", [&] { calibrator.result(); });
  test::expect_error(Errc::invalid_argument, "expected f32", [&] {
    calibrator.add(Array::zeros({1, 3, 31, 32}, DType::f32));
  });
  Array poisoned = formula_input({1, 3, 32, 32});
  poisoned.span<float>()[7] = HUGE_VALF;
  test::expect_error(Errc::model_format, "finite values", [&] { calibrator.add(poisoned); });
}

TEST(Precisions, AreRefusedWhereTheyCannotBe) {
  test::expect_error(Errc::unsupported, "expected a calibration", [] { cifar().with_precision(Precision::int8); });
  const Model model = cifar();
  EXPECT_EQ(model.precision(), Precision::f32);
  EXPECT_EQ(model.calibration(), nullptr);
  Preprocess outside = model.preprocess();
  outside.mean = {1.5f, 0.5f, 0.5f};
  if (!refused(model, Precision::int8)) {
    const Calibration calibration = calibrated(model, formula_input({1, 3, 32, 32}));
    test::expect_error(Errc::unsupported, "means from 0 to 1",
                       [&] { model.with_preprocess(outside).with_int8(calibration); });
  }
}

}  // namespace
}  // namespace fovea
