// What a decoder asks for, before it takes anything of a picture's size.
#include <gtest/gtest.h>

#include "codec/codec.h"
#include "fovea/memory_adaptors.h"
#include "support/hostile_pictures.h"

namespace fovea {
namespace {

using namespace test;

constexpr std::int64_t pixels = 23 * 15;

std::vector<std::int64_t> asked(std::string_view file, const DecodeOptions& options = {}) {
  std::vector<std::int64_t> all;
  const auto memory = std::make_shared<StatisticsMemory>(host_memory());
  const auto admit = [&](std::int64_t bytes) {
    EXPECT_EQ(memory->statistics().in_use, 0u);
    all.push_back(bytes);
  };
  static_cast<void>(codec::decode(bytes_of(file), options, memory, admit));
  return all;
}

struct Case {
  const char* file;
  std::int64_t bytes_a_pixel;
};

// Three for the pixels, and what stands beside them.
TEST(Admission, EveryFormatAsksOnceForItsPeak) {
  const Case cases[] = {
      {"rgb_420.jpg", 3},     {"grey.jpg", 3},     {"progressive.jpg", 3 + 2 * 3},  // three coefficients of two bytes
      {"cmyk.jpg", 3},        {"rgb8_n.png", 3},   {"rgb8_i.png", 3 + 3},           // interlaced: the stored picture
      {"rgb16_i.png", 3 + 6}, {"lossy.webp", 3},   {"lossless.webp", 3 + 4},        // libwebp's own picture
      {"bits_24.bmp", 3},     {"rle8.bmp", 3 + 1}, {"p6.ppm", 3},
      {"plain.gif", 3}};
  for (const Case& test : cases)
    EXPECT_EQ(asked(picture_file(test.file)), std::vector{pixels * test.bytes_a_pixel}) << test.file;
}

TEST(Admission, AlphaAndBackgroundsCountWhatStandsBesideThem) {
  DecodeOptions four;
  four.channels = 4;
  EXPECT_EQ(asked(picture_file("lossy_alpha.webp"), four), std::vector{pixels * (4 + 5)});
  DecodeOptions over;
  over.background = 0x336699;
  EXPECT_EQ(asked(picture_file("lossless_alpha.webp"), over), std::vector{pixels * (3 + 4 + 4)});
}

TEST(Admission, ATiffAddsItsBand) {
  // One strip of all rows, and the part of a tile that is placed in it.
  EXPECT_EQ(asked(make_tiff(4, 4, 130, 16)), std::vector<std::int64_t>{4 * 4 * 3 + 2 * 16});
}

TEST(Admission, APictureThatIsTurnedIsThereTwice) {
  EXPECT_EQ(asked(picture_file("orientation_1.jpg")).at(0) * 2, asked(picture_file("orientation_6.jpg")).at(0));
  DecodeOptions stored;
  stored.orient = false;
  EXPECT_EQ(asked(picture_file("orientation_1.jpg")), asked(picture_file("orientation_6.jpg"), stored));
}

TEST(Admission, ThePeakIsNotAboveWhatWasAsked) {
  for (const char* name : {"rgb_420.jpg", "rgb8_i.png", "lossy_alpha.webp", "rgb.tif", "rle4.bmp", "p6.ppm",
                           "interlaced.gif", "orientation_6.jpg", "orientation.tif"}) {
    DecodeOptions options;
    options.background = 0x336699;
    const std::string file = picture_file(name);
    const std::int64_t bytes = asked(file, options).at(0);
    const auto memory = std::make_shared<StatisticsMemory>(host_memory());
    ASSERT_TRUE(codec::decode(bytes_of(file), options, memory)) << name;
    // Rows of scratch and the rounding up of blocks come on top.
    EXPECT_LE(memory->statistics().high_water, static_cast<std::uint64_t>(bytes) + 23 * 16 * 4 + 1024) << name;
  }
}

TEST(Admission, IsNotAskedForWhatTheHeaderRefuses) {
  DecodeOptions small;
  small.limits.max_pixels = pixels - 1;
  for (const char* name : {"rgb_420.jpg", "rgb8_n.png", "lossy.webp", "rgb.tif", "bits_24.bmp", "p6.ppm", "plain.gif"})
    EXPECT_EQ(asked(picture_file(name), small).size(), 0u) << name;
  EXPECT_EQ(asked("").size(), 0u);
  EXPECT_EQ(asked("no picture").size(), 0u);
  small.limits = {};
  small.limits.max_decoded_bytes = pixels * 9 - 1;
  EXPECT_EQ(asked(picture_file("progressive.jpg"), small).size(), 0u);
  EXPECT_TRUE(refused(picture_file("progressive.jpg"), Errc::limit_bytes, small));
  small.limits.max_decoded_bytes = pixels * 7 - 1;
  EXPECT_TRUE(refused(picture_file("lossless.webp"), Errc::limit_bytes, small));
}

TEST(Admission, ARefusalIsThePicturesError) {
  const auto memory = std::make_shared<StatisticsMemory>(host_memory());
  const codec::Admit refuse = [](std::int64_t) { throw Error(Errc::limit_memory, "memory: too much"); };
  for (const codec::Codec& format : codec::registry()) {
    const std::string name = format.name == "jpeg"   ? "rgb_420.jpg"
                             : format.name == "png"  ? "rgb8_i.png"
                             : format.name == "webp" ? "lossy.webp"
                             : format.name == "tiff" ? "rgb.tif"
                             : format.name == "bmp"  ? "rle8.bmp"
                             : format.name == "pnm"  ? "p6.ppm"
                                                     : "plain.gif";
    const std::string file = picture_file(name);
    const Result<DecodedImage> image = codec::decode(bytes_of(file), {}, memory, refuse);
    ASSERT_FALSE(image) << name;
    EXPECT_EQ(image.error().code(), Errc::limit_memory) << name;
  }
  EXPECT_EQ(memory->statistics().high_water, 0u);
}

TEST(Admission, SizesBeyondAllNumbersSaturate) {
  constexpr std::int64_t side = 2147483647;
  EXPECT_EQ(codec::picture_bytes(side, side, 1), side * side);
  EXPECT_EQ(codec::picture_bytes(side, side, 3), INT64_MAX);
  const Limits limits;
  const codec::Admit nobody;
  const codec::Admission admission(host_memory(), limits, true, nobody);
  EXPECT_TRUE(admission.ask({}, INT64_MAX, INT64_MAX));
}

}  // namespace
}  // namespace fovea
