// Decoding ends where it is asked to.
#include <gtest/gtest.h>

#include "fovea/image.h"
#include "support/hostile_pictures.h"

namespace fovea {
namespace {

using namespace test;

struct Case {
  const char* file;
  int least;  // times that it asks, at 23 x 15 pixels
};
const Case cases[] = {{"rgb_420.jpg", 15 / 8}, {"progressive.jpg", 10}, {"cmyk.jpg", 15 / 8}, {"rgb8_n.png", 15},
                      {"rgb8_i.png", 15},      {"palette8_n.png", 15},  {"lossy.webp", 1},    {"lossless.webp", 1},
                      {"lossy_alpha.webp", 1}, {"rgb.tif", 1},          {"bits_24.bmp", 15},  {"rle8.bmp", 15},
                      {"p6.ppm", 15},          {"p3.ppm", 15},          {"plain.gif", 15},    {"interlaced.gif", 15}};

// How often decoding asks, when the answer is no.
int questions(std::string_view file) {
  int asked = 0;
  DecodeOptions options;
  options.stop = [&] { return ++asked, false; };
  const Result<DecodedImage> image = decode(bytes_of(file), options);
  EXPECT_TRUE(image) << image.error().what();
  return asked;
}

TEST(Stop, EveryFormatEndsAtWhicheverQuestionIsAnsweredYes) {
  for (const Case& test : cases) {
    const std::string file = picture_file(test.file);
    const int all = questions(file);
    EXPECT_GE(all, test.least) << test.file;
    for (int yes = 1; yes <= all; ++yes) {
      int asked = 0;
      DecodeOptions options;
      options.stop = [&] { return ++asked >= yes; };
      const Result<DecodedImage> image = decode(bytes_of(file), options);
      ASSERT_FALSE(image) << test.file << " at " << yes << " of " << all;
      EXPECT_EQ(image.error().code(), Errc::timeout) << test.file << ": " << image.error().what();
      EXPECT_LE(asked, yes + 1) << test.file;
    }
  }
}

TEST(Stop, EachScanOfAJpegAndEachTileOfATiffAsks) {
  EXPECT_GE(questions(jpeg_of_scans(1024, 60)), questions(jpeg_of_scans(1024, 20)) + 40);
  EXPECT_EQ(questions(picture_file("tiles.tif")), 2);   // of 16 x 16
  EXPECT_EQ(questions(picture_file("strips.tif")), 4);  // of 4 rows
}

TEST(Stop, WhatIsNotAPictureIsSoInNoTime) {
  DecodeOptions options;
  options.stop = [] { return true; };
  EXPECT_EQ(decode(bytes_of("not a picture at all"), options).error().code(), Errc::unknown_format);
  options.limits.max_pixels = 1;
  EXPECT_EQ(decode(bytes_of(picture_file("rgb_420.jpg")), options).error().code(), Errc::limit_pixels);
}

}  // namespace
}  // namespace fovea
