#include "fovea/parity.h"

#include <gtest/gtest.h>

#include <cmath>

#include "fovea/processor.h"
#include "support/picture.h"

namespace fovea {
namespace {

using namespace test;

Model small_model(int resize = 32) {
  const Model model = Model::load("mini");
  Preprocess preprocess = model.preprocess();
  preprocess.resize = resize;
  return model.with_preprocess(preprocess);
}

// An exact input by the way that users have.
Array prepared(const Model& model, const std::string& file) {
  ImageProcessor processor;
  processor.load_model(model);
  return processor.preprocess(bytes_of(file)).value();
}

std::string photo() {
  Array pixels = Array::empty({320, 400, 3}, DType::u8);
  auto values = pixels.span<std::uint8_t>();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t x = i / 3 % 400, y = i / 1200;
    values[i] = static_cast<std::uint8_t>(128 + 100 * std::sin(static_cast<double>(x * (i % 3 + 1)) / 5) *
                                                    std::cos(static_cast<double>(y) / 7));
  }
  EncodeOptions options;
  options.format = "jpeg";
  const std::vector<std::byte> bytes = encode(pixels, options);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(Parity, WhatIsNotScaledIsEqual) {
  Parity parity(small_model());
  for (const char* name : {"rgb8_n.png", "rgb_420.jpg", "lossy.webp"})
    EXPECT_FALSE(parity.add(bytes_of(picture_file(name)))) << name;
  const ParityReport& report = parity.report();
  EXPECT_EQ(report.pictures, 3);
  EXPECT_EQ(report.failed, 0);
  for (const Agreement* agreement : {&report.fast, &report.draft, &report.portable}) {
    EXPECT_EQ(agreement->pictures, 3);
    EXPECT_EQ(agreement->equal, 3);
    EXPECT_EQ(agreement->max_pixel, 0);
    EXPECT_EQ(agreement->mean_pixel, 0);
    EXPECT_EQ(agreement->max_logit, 0);
    EXPECT_EQ(agreement->top1_flips, 0);
  }
  EXPECT_EQ(report.peer.pictures, 0);
}

TEST(Parity, ScalingShowsInPixelsAndLogits) {
  Parity parity(small_model());
  const std::string file = photo();
  ASSERT_FALSE(parity.add(bytes_of(file)));
  const Agreement& fast = parity.report().fast;
  EXPECT_EQ(fast.pictures, 1);
  EXPECT_EQ(fast.equal, 0);
  EXPECT_GT(fast.max_pixel, 0);
  EXPECT_LT(fast.mean_pixel, fast.max_pixel);
  EXPECT_GT(fast.max_logit, 0);
  EXPECT_GT(parity.report().draft.mean_pixel, fast.mean_pixel);
  EXPECT_EQ(parity.report().portable.equal, 1);
  EXPECT_GT(parity.report().exact_seconds, 0);
}

// Of 333 x 500 a quarter is 84 x 125, which alone would become 32 x 47 in place of 32 x 48.
TEST(Parity, ProportionsAreThoseOfTheWholePicture) {
  Array pixels = Array::empty({500, 333, 3}, DType::u8);
  auto values = pixels.span<std::uint8_t>();
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::uint8_t>(i / 999 % 125 * 2);
  EncodeOptions options;
  options.format = "jpeg";
  Parity parity(small_model());
  ASSERT_FALSE(parity.add(encode(pixels, options)));
  EXPECT_EQ(parity.report().fast.equal, 0);
  EXPECT_LT(parity.report().fast.mean_pixel, 2);
}

// Differences that are known: one level in one channel of one picture, and none in the other.
TEST(Parity, APeersInputIsMeasuredInLevels) {
  const Model model = small_model();
  const std::string file = picture_file("rgb_420.jpg");
  const Array peer = prepared(model, file);
  Parity parity(model);
  EXPECT_FALSE(parity.add(bytes_of(file), &peer));
  EXPECT_EQ(parity.report().peer.equal, 1);
  const Array moved = peer.copy();
  const auto plane = static_cast<std::size_t>(peer.size() / 3);
  for (std::size_t i = plane; i < 2 * plane; ++i) moved.span<float>()[i] += 1 / 255.0f / model.preprocess().std[1];
  EXPECT_FALSE(parity.add(bytes_of(file), &moved));
  const Agreement& agreement = parity.report().peer;
  EXPECT_EQ(agreement.pictures, 2);
  EXPECT_EQ(agreement.equal, 1);
  EXPECT_NEAR(agreement.max_pixel, 1, 1e-3);
  EXPECT_NEAR(agreement.mean_pixel, 1.0 / 3 / 2, 1e-4);
  EXPECT_GT(agreement.max_logit, 0);
  EXPECT_NEAR(agreement.mean_logit, agreement.max_logit / 2, 1e-12);
}

TEST(Parity, LogitsAndFlipsAreThoseOfTheNetwork) {
  const Model model = small_model();
  const std::string file = photo();
  const Array input = prepared(model, file), noise = input.copy();
  for (std::size_t i = 0; i < static_cast<std::size_t>(noise.size()); ++i)
    noise.span<float>()[i] = static_cast<float>(static_cast<int>(i * 7919 % 101) - 50) / 25;
  const Shape one{1, 3, model.preprocess().crop, model.preprocess().crop};
  const Array a = model.run(input.reshape(one)), b = model.run(noise.reshape(one));
  const auto x = a.span<float>(), y = b.span<float>();
  double most = 0;
  for (std::size_t i = 0; i < x.size(); ++i) most = std::max(most, std::abs(double{x[i]} - double{y[i]}));
  const bool flips =
      std::max_element(x.begin(), x.end()) - x.begin() != std::max_element(y.begin(), y.end()) - y.begin();
  Parity parity(model);
  EXPECT_FALSE(parity.add(bytes_of(file), &noise));
  EXPECT_NEAR(parity.report().peer.max_logit, most, 1e-6);
  EXPECT_EQ(parity.report().peer.top1_flips, flips);
}

TEST(Parity, BadPicturesAreCountedAndComparedNoFurther) {
  Parity parity(small_model());
  const std::string file = photo();
  EXPECT_EQ(parity.add({})->code(), Errc::empty);
  EXPECT_EQ(parity.add(bytes_of("no picture"))->code(), Errc::unknown_format);
  EXPECT_EQ(parity.add(bytes_of(file).first(file.size() / 2))->code(), Errc::truncated);
  EXPECT_EQ(parity.report().pictures, 3);
  EXPECT_EQ(parity.report().failed, 3);
  EXPECT_EQ(parity.report().fast.pictures, 0);
}

TEST(Parity, APeerOfAnotherShapeIsMisuse) {
  const Model model = small_model();
  Parity parity(model);
  const std::string file = picture_file("rgb_420.jpg");
  for (const Array& peer : {Array::zeros({3, 31, 32}, DType::f32), Array::zeros({3, 32, 32}, DType::f64), Array()})
    EXPECT_THROW(parity.add(bytes_of(file), &peer), Error);
}

}  // namespace
}  // namespace fovea
