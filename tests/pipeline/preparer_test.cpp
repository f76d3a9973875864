#include "pipeline/preparer.h"

#include <gtest/gtest.h>

#include <future>

#include "support/picture.h"

namespace fovea::pipeline {
namespace {

using namespace test;

constexpr std::int64_t needed = 23 * 15 * 3;  // of the pictures of tests/data/codec

struct Prepared {
  Preparer preparer{Preprocess{}, DecodeOptions{}};
  Array slot = Array::empty({3, 224, 224}, DType::f32);
};

TEST(Preparer, HoldsTheBudgetOnlyWhileThePixelsAreThere) {
  Prepared p;
  Budget budget(needed);
  const std::string file = picture_file("rgb_420.jpg");
  for (int i = 0; i < 2; ++i) {
    const Result<PictureInfo> info = p.preparer.from_bytes(bytes_of(file), p.slot, budget);
    ASSERT_TRUE(info) << info.error().what();
    EXPECT_EQ(info.value().width, 23);
    EXPECT_EQ(info.value().height, 15);
    EXPECT_EQ(info.value().format, "jpeg");
  }
  EXPECT_EQ(budget.most(), needed);
}

TEST(Preparer, APictureAboveTheBudgetIsAnErrorOfThePicture) {
  Prepared p;
  Budget budget(needed - 1);
  const std::string file = picture_file("rgb_420.jpg");
  const Result<PictureInfo> info = p.preparer.from_bytes(bytes_of(file), p.slot, budget);
  ASSERT_FALSE(info);
  EXPECT_EQ(info.error().code(), Errc::limit_memory);
  EXPECT_EQ(budget.most(), 0);
}

TEST(Preparer, WhatFailsAfterItWasAdmittedGivesItsBytesBack) {
  Prepared p;
  Budget budget(needed);
  const std::string file = picture_file("rgb_420.jpg");
  const Result<PictureInfo> cut = p.preparer.from_bytes(bytes_of(file).first(file.size() - 40), p.slot, budget);
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code(), Errc::truncated);
  EXPECT_EQ(budget.most(), needed);
  const auto lease = budget.admit(needed);  // would wait for ever
}

TEST(Preparer, WaitsUntilOthersGiveBack) {
  Prepared p;
  Budget budget(needed);
  const std::string file = picture_file("rgb_420.jpg");
  std::future<bool> done;
  {
    const auto lease = budget.admit(needed);
    done = std::async(std::launch::async,
                      [&] { return static_cast<bool>(p.preparer.from_bytes(bytes_of(file), p.slot, budget)); });
  }
  EXPECT_TRUE(done.get());
  EXPECT_EQ(budget.most(), needed);
}

TEST(Preparer, FastDecodingKeepsTwicePixelsOfTheResizeAndSaysTheWholeSize) {
  Preprocess small;
  small.resize = small.crop = 4;
  const DecodeOptions fast = fast_decode({}, small);
  EXPECT_EQ(fast.shrink_to, 8);
  Preparer preparer(small, fast);
  Budget budget(12 * 8 * 3 * 2);  // half of 24 x 16, and once more to turn it
  const Array slot = Array::empty({3, 4, 4}, DType::f32);
  const std::string file = picture_file("orientation_6.jpg");
  const Result<PictureInfo> info = preparer.from_bytes(bytes_of(file), slot, budget);
  ASSERT_TRUE(info) << info.error().what();
  EXPECT_EQ(info.value().width, 16);
  EXPECT_EQ(info.value().height, 24);
  EXPECT_EQ(budget.most(), budget.total());
}

}  // namespace
}  // namespace fovea::pipeline
