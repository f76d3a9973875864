#include "pipeline/preparer.h"

#include <gtest/gtest.h>

#include <future>

#include "fovea/decode_scale.h"
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
  DecodeOptions fast;
  fast.shrink_to = shrink_to(DecodeScale::fast, small.resize);
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

std::string photo(int height, int width) {
  EncodeOptions options;
  options.format = "jpeg";
  Array pixels = Array::empty({height, width, 3}, DType::u8);
  auto values = pixels.span<std::uint8_t>();
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<std::uint8_t>(i / 3 % 97 * 2 + i / 700 % 60 + i * 7919 % 13);
  const std::vector<std::byte> bytes = encode(pixels, options);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// What `preparer` makes of a file, and the portable body of its whole pixels.
void expect_like_portable(const std::string& file, const DecodeOptions& options, const Preprocess& preprocess) {
  const Array slot = Array::empty({3, preprocess.crop, preprocess.crop}, DType::f32), wanted = slot.copy();
  Budget budget(std::int64_t{1} << 30);
  Preparer tuned(preprocess, options), portable(preprocess, options, "portable");
  for (int again = 0; again < 2; ++again) {
    const Result<PictureInfo> info = tuned.from_bytes(bytes_of(file), slot, budget);
    ASSERT_TRUE(info) << info.error().what();
    const Result<PictureInfo> same = portable.from_bytes(bytes_of(file), wanted, budget);
    EXPECT_EQ(info.value().width, same.value().width);
    EXPECT_EQ(info.value().height, same.value().height);
    const auto a = slot.span<float>(), b = wanted.span<float>();
    EXPECT_TRUE(std::equal(a.begin(), a.end(), b.begin()));
  }
}

TEST(Preparer, RowsAsTheyComeGiveWhatTheWholePictureGives) {
  DecodeOptions fast;
  fast.shrink_to = shrink_to(DecodeScale::fast, Preprocess{}.resize);
  for (const auto& [height, width] : {std::pair{300, 400}, {400, 300}, {224, 224}, {90, 700}, {1000, 800}}) {
    const std::string file = photo(height, width);
    expect_like_portable(file, {}, {});
    expect_like_portable(file, fast, {});
  }
  for (int orientation = 1; orientation <= 8; ++orientation)
    expect_like_portable(picture_file("orientation_" + std::to_string(orientation) + ".jpg"), {}, {});
  for (const char* name : {"progressive.jpg", "cmyk.jpg", "grey.jpg", "rgb8_n.png", "lossy.webp"})
    expect_like_portable(picture_file(name), {}, {});
}

TEST(Preparer, OfAPictureThatComesByRowsAStripIsAdmitted) {
  Prepared p;
  Budget budget(160 * 400 * 3);
  const std::string file = photo(300, 400);
  ASSERT_TRUE(p.preparer.from_bytes(bytes_of(file), p.slot, budget));
  EXPECT_EQ(budget.most(), budget.total());
  Preparer portable({}, {}, "portable");
  const Result<PictureInfo> info = portable.from_bytes(bytes_of(file), p.slot, budget);
  ASSERT_FALSE(info);
  EXPECT_EQ(info.error().code(), Errc::limit_memory);
}

TEST(Preparer, DamageBehindTheCropIsStillAnError) {
  Prepared p;
  Budget budget(std::int64_t{1} << 30);
  const std::string file = photo(300, 400);
  const Result<PictureInfo> cut = p.preparer.from_bytes(bytes_of(file).first(file.size() - 3), p.slot, budget);
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code(), Errc::truncated);
}

TEST(Preparer, WhatIsWrongWithTheFileIsToldBeforeWhatIsWrongWithTheWish) {
  Preprocess wish;
  wish.crop = wish.resize + 1;
  Preparer preparer(wish, {});
  Budget budget(std::int64_t{1} << 30);
  const Array slot = Array::empty({3, wish.crop, wish.crop}, DType::f32);
  const std::string file = photo(300, 400);
  EXPECT_EQ(preparer.from_bytes(bytes_of(file), slot, budget).error().code(), Errc::invalid_argument);
  EXPECT_EQ(preparer.from_bytes(bytes_of(file).first(file.size() / 2), slot, budget).error().code(), Errc::truncated);
}

TEST(Preparer, RowsAsTheyComeAreOnePieceOfWorkOfEachStage) {
  Prepared p;
  Budget budget(std::int64_t{1} << 30);
  const std::string file = photo(300, 400);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(p.preparer.from_bytes(bytes_of(file), p.slot, budget));
  std::vector<StageTime> times;
  p.preparer.add_times(times);
  ASSERT_EQ(times.size(), 2u);
  for (const StageTime& time : times) {
    EXPECT_TRUE(time.name == "decode" || time.name == "prepare") << time.name;
    EXPECT_EQ(time.count, 3) << time.name;
    EXPECT_GT(time.busy_seconds, 0) << time.name;
  }
}

}  // namespace
}  // namespace fovea::pipeline
