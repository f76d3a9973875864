#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "fovea/precision.h"
#include "model/precision_verdict.h"
#include "support/expect_error.h"
#include "support/formula_weights.h"
#include "support/read_text.h"
#include "support/temporary_directory.h"

namespace fovea {
namespace {

PrecisionResult result(Precision precision, double speed, std::int64_t agreeing, std::string unavailable = "") {
  return {precision, speed, 200, agreeing, 0, std::move(unavailable), ""};
}

struct Judged {
  Precision chosen;
  std::vector<std::string> verdicts;
};
Judged judged(std::vector<PrecisionResult> results, double agreement = 0.995) {
  Judged all{results[model::judge(results, agreement)].precision, {}};
  for (const PrecisionResult& r : results) all.verdicts.push_back(r.verdict);
  return all;
}

TEST(PrecisionVerdict, TheFastestThatAgreesIsChosen) {
  const Judged all =
      judged({result(Precision::f32, 100, 200), result(Precision::bf16, 150, 200), result(Precision::int8, 250, 200)});
  EXPECT_EQ(all.chosen, Precision::int8);
  EXPECT_EQ(all.verdicts, (std::vector<std::string>{"slower than int8", "slower than int8", "chosen"}));
  EXPECT_EQ(
      judged({result(Precision::f32, 100, 200), result(Precision::bf16, 251, 200), result(Precision::int8, 250, 200)})
          .chosen,
      Precision::bf16);
}

// 0.995 of 200 is 199.
TEST(PrecisionVerdict, AsManyAsTheBoundAreEnough) {
  const auto with = [](std::int64_t agreeing, double bound) {
    return judged({result(Precision::f32, 100, 200), result(Precision::bf16, 150, agreeing)}, bound);
  };
  EXPECT_EQ(with(199, 0.995).chosen, Precision::bf16);
  EXPECT_EQ(with(198, 0.995).chosen, Precision::f32);
  EXPECT_EQ(with(198, 0.995).verdicts, (std::vector<std::string>{"chosen", "agrees too seldom"}));
  EXPECT_EQ(with(198, 0.99).chosen, Precision::bf16);
  EXPECT_EQ(with(199, 1).chosen, Precision::f32);
  EXPECT_EQ(with(200, 1).chosen, Precision::bf16);
}

TEST(PrecisionVerdict, LessThanFivePercentIsNotWorthIt) {
  const auto with = [](double speed) {
    return judged({result(Precision::f32, 100, 200), result(Precision::bf16, speed, 200)});
  };
  EXPECT_EQ(with(104.9).verdicts, (std::vector<std::string>{"chosen", "not 5 % faster than f32"}));
  EXPECT_EQ(with(105.1).chosen, Precision::bf16);
  EXPECT_EQ(with(20).chosen, Precision::f32);
  EXPECT_EQ(with(std::nan("")).chosen, Precision::f32);
}

TEST(PrecisionVerdict, WhatTheProcessorCannotSaysSo) {
  const Judged all = judged({result(Precision::f32, 100, 200), result(Precision::bf16, 0, 0, "bf16: no instructions"),
                             result(Precision::int8, 900, 150)});
  EXPECT_EQ(all.chosen, Precision::f32);
  EXPECT_EQ(all.verdicts, (std::vector<std::string>{"chosen", "bf16: no instructions", "agrees too seldom"}));
}

Array logits(std::int64_t rows, std::int64_t classes, const std::vector<float>& values) {
  Array made = Array::empty({rows, classes}, DType::f32);
  std::copy(values.begin(), values.end(), made.span<float>().begin());
  return made;
}

// The second picture's first class changes; the third has two largest logits, of which the first counts.
TEST(PrecisionComparison, CountsFirstClassesAndTheWorstLogit) {
  const Array f32 = logits(3, 3, {1, 4, 2, 1, 2, 0, 3, 3, 1});
  const Array low = logits(3, 3, {1, 4.5f, 2, 2, 1.5f, 0, 3, 3, 1});
  PrecisionResult r;
  model::compare(r, low, f32);
  EXPECT_EQ(r.pictures, 3);
  EXPECT_EQ(r.agreeing, 2);
  EXPECT_DOUBLE_EQ(r.worst_logit_error, 0.5);  // 1 of 2 in the second; 0.5 of 4 in the first
  model::compare(r, f32, f32);
  EXPECT_EQ(r.pictures, 6);
  EXPECT_EQ(r.agreeing, 5);
  EXPECT_DOUBLE_EQ(r.worst_logit_error, 0.5);
}

TEST(PrecisionComparison, LogitsThatAreNoNumbersDoNotAgree) {
  const Array f32 = logits(2, 2, {1, 4, 1, 4});
  PrecisionResult r;
  model::compare(r, logits(2, 2, {1, HUGE_VALF, std::nanf(""), 4}), f32);
  EXPECT_EQ(r.pictures, 2);
  EXPECT_EQ(r.agreeing, 0);
  EXPECT_EQ(r.worst_logit_error, HUGE_VAL);
}

// Small enough for the portable bodies.
Model tiny() {
  Preprocess preprocess;
  preprocess.resize = preprocess.crop = 8;
  preprocess.mean = preprocess.std = {0.5f, 0.5f, 0.5f};
  return Model::from_state_dict(test::FormulaWeights::cifar(1, {4, 8, 8}, 10), "tiny").with_preprocess(preprocess);
}

std::vector<Array> pictures(int count, std::int64_t side = 8) {
  std::vector<Array> made;
  for (int n = 0; n < count; ++n) {
    made.push_back(Array::empty({3, side, side}, DType::f32));
    for (float& value : made.back().span<float>())
      value = static_cast<float>(std::sin(static_cast<double>(n * 7919 + (&value - made.back().span<float>().data()))));
  }
  return made;
}

// A cache folder of the test's own.
class PrecisionChoices : public testing::Test {
 protected:
  PrecisionChoices() { ::setenv("FOVEA_CACHE", folder_.path().c_str(), 1); }
  ~PrecisionChoices() override {
    ::unsetenv("FOVEA_CACHE");
    ::unsetenv("FOVEA_VARIANT");
  }

  static PrecisionChoice int8_choice(const Model& model) {
    Calibration calibration{model.fingerprint(), 7, {{"conv1", 2.5f}, {"layer1.0.conv1", 0.3f}}};
    return {Precision::int8, calibration, 0.99, 50, 50, "2026-01-02T03:04:05Z"};
  }
  static void replace(const std::filesystem::path& file, const std::string& from, const std::string& to) {
    std::string text = test::read_text(file);
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    std::ofstream(file) << text.replace(at, from.size(), to);
  }
  static void refused(const Model& model, const std::string& said) {
    test::expect_error(Errc::corrupt, said, [&] { remembered_precision(model); });
    test::expect_error(Errc::corrupt, precision_file(model).native(), [&] { remembered_precision(model); });
  }

  test::TemporaryDirectory folder_;
};

TEST_F(PrecisionChoices, ATrialJudgesTheOddPicturesInEachPrecision) {
  ::setenv("FOVEA_VARIANT", "portable", 1);
  const Model model = tiny();
  PrecisionTrialOptions options;
  options.rounds = options.batch_size = 1;
  const std::vector<Array> sample = pictures(21);
  const PrecisionTrial trial = try_precisions(model, sample, options);
  ASSERT_EQ(trial.results.size(), 3u);
  EXPECT_EQ(trial.results[0].worst_logit_error, 0);
  EXPECT_EQ(trial.results[0].agreeing, 10);
  for (const PrecisionResult& r : trial.results) {
    EXPECT_EQ(r.pictures, 10);
    EXPECT_GT(r.pictures_per_second, 0);
    EXPECT_EQ(r.verdict == "chosen", r.precision == trial.choice.precision);
  }
  Calibrator even(model);
  for (std::size_t i = 0; i < sample.size(); i += 2) even.add(sample[i].reshape({1, 3, 8, 8}));
  const Model low = model.with_int8(even.result());
  PrecisionResult wanted;
  for (std::size_t i = 1; i < sample.size(); i += 2) {
    const Array one = sample[i].reshape({1, 3, 8, 8});
    model::compare(wanted, low.run(one), model.run(one));
  }
  EXPECT_GT(wanted.worst_logit_error, 0);
  EXPECT_EQ(trial.results[2].worst_logit_error, wanted.worst_logit_error);
  EXPECT_EQ(trial.results[2].agreeing, wanted.agreeing);
  EXPECT_EQ(with_choice(model, trial.choice).precision(), trial.choice.precision);
}

TEST_F(PrecisionChoices, TrialsRefuseWhatTheyCannotJudge) {
  const Model model = tiny();
  const auto refused = [&](const Model& tried, const std::vector<Array>& sample, PrecisionTrialOptions options,
                           const std::string& said) {
    test::expect_error(Errc::invalid_argument, said, [&] { try_precisions(tried, sample, options); });
  };
  refused(model, pictures(19), {}, "at least 20 pictures, got 19");
  std::vector<Array> odd = pictures(20);
  odd[19] = Array::zeros({3, 7, 8}, DType::f32);
  refused(model, odd, {}, "expected pictures f32");
  refused(model.with_output("layer2"), pictures(20), {}, "a model with classes");
  refused(model, pictures(20), {.agreement = 0}, "agreement above 0");
  refused(model, pictures(20), {.agreement = 1.01}, "agreement above 0");
  refused(model, pictures(20), {.rounds = 0}, "1 to 1000 rounds");
  test::expect_error(Errc::invalid_argument, "with its calibration", [&] {
    with_choice(model, {Precision::int8, {}, 1, 1, 1, ""});
  });
}

TEST_F(PrecisionChoices, AreRememberedAsTheyWere) {
  const Model mini = Model::load("mini");
  EXPECT_FALSE(remembered_precision(mini));
  const PrecisionChoice made = int8_choice(mini);
  remember_precision(mini, made);
  const auto back = remembered_precision(mini);
  ASSERT_TRUE(back && back->calibration);
  EXPECT_EQ(back->precision, Precision::int8);
  EXPECT_EQ(back->calibration->digest(), made.calibration->digest());
  EXPECT_EQ(back->agreement, 0.99);
  EXPECT_EQ(back->pictures, 50);
  EXPECT_EQ(back->agreeing, 50);
  EXPECT_EQ(back->measured, "2026-01-02T03:04:05Z");
  remember_precision(mini, {Precision::bf16, {}, 0.995, 100, 100, "x"});
  EXPECT_EQ(remembered_precision(mini)->precision, Precision::bf16);
}

TEST_F(PrecisionChoices, AreOfOnePreprocessingAndSetOfKernels) {
  const Model mini = Model::load("mini");
  remember_precision(mini, int8_choice(mini));
  Preprocess other = mini.preprocess();
  other.interpolation = "bicubic";
  EXPECT_FALSE(remembered_precision(mini.with_preprocess(other)));
  ::setenv("FOVEA_VARIANT", "portable", 1);
  EXPECT_FALSE(remembered_precision(mini));
}

TEST_F(PrecisionChoices, DamagedFilesAreRefused) {
  const Model mini = Model::load("mini");
  const std::filesystem::path file = precision_file(mini);
  std::filesystem::create_directories(file.parent_path());
  for (const char* text : {"", "{", "[]", "{}", R"({"format":"fovea-precision-1"})"}) {
    std::ofstream(file) << text;
    refused(mini, "remembered choice of precision");
  }
  const auto changed = [&](const std::string& from, const std::string& to, const std::string& said) {
    remember_precision(mini, int8_choice(mini));
    replace(file, from, to);
    refused(mini, said);
  };
  changed("fovea-precision-1", "fovea-precision-2", "expected format");
  changed(": 2.5", ": 2.25", "sha256");
  changed(": 2.5", ": -2.5", "ranges of at least 0");
  changed("\"precision\": \"int8\"", "\"precision\": \"int4\"", "got 'int4'");
  changed("\"precision\": \"int8\"", "\"precision\": \"bf16\"", "sha256");
  changed("\"agreement\": 0.99", "\"agreement\": 0.5", "sha256");
}

TEST_F(PrecisionChoices, FilesOfAnotherModelOrProcessorAreRefused) {
  const Model mini = Model::load("mini");
  const std::filesystem::path file = precision_file(mini);
  remember_precision(mini, int8_choice(mini));
  replace(file, "\"model\": \"" + mini.fingerprint().substr(0, 2), "\"model\": \"zz");
  refused(mini, "expected a choice for model");
  remember_precision(mini, int8_choice(mini));
  replace(file, "\"cpu\": \"", "\"cpu\": \"Another ");
  refused(mini, "got one for \"Another ");
}

TEST_F(PrecisionChoices, NeedAFolderToWriteTo) {
  const Model mini = Model::load("mini");
  std::ofstream(folder_.path() / "precision") << "in the way";
  test::expect_error(Errc::io, "expected a folder", [&] { remember_precision(mini, int8_choice(mini)); });
}

}  // namespace
}  // namespace fovea
