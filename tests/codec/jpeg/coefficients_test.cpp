// Coefficients of our JPEG decoder beside libjpeg-turbo's.
#include <gtest/gtest.h>

#include "support/jpeg_maker.h"
#include "support/same_coefficients.h"

namespace fovea {
namespace {

using namespace test;

TEST(JpegCoefficients, AreThoseOfTheFilesBesideTheTests) {
  for (const char* name : {"grey.jpg", "rgb_420.jpg", "rgb_422.jpg", "rgb_444.jpg", "rgb_stored.jpg",
                           "orientation_3.jpg", "encoded/rgb_10.jpg", "encoded/grey_95.jpg"})
    expect_ours(picture_file(name), name);
}

// Every sampling at some sizes, of one MCU too, in few bits and many.
std::vector<JpegShape> shapes() {
  std::vector<JpegShape> all;
  for (const int sampling : {0x11, 0x21, 0x12, 0x22})
    for (const JpegShape& size : {JpegShape{.width = 1, .height = 1},
                                  {.width = 17, .height = 33},
                                  {.width = 160, .height = 15},
                                  {.width = 40, .height = 200}})
      for (const int quality : {3, 50, 90, 100}) {
        JpegShape shape = size;
        shape.h = sampling >> 4;
        shape.v = sampling & 15;
        shape.quality = quality;
        all.push_back(shape);
      }
  return all;
}

TEST(JpegCoefficients, OfEverySamplingSizeAndQuality) {
  for (JpegShape shape : shapes())
    for (const bool optimised : {false, true}) {
      shape.optimised = optimised;
      expect_ours(make_jpeg(shape), text_of(shape));
    }
}

TEST(JpegCoefficients, OfEveryRestartInterval) {
  for (JpegShape shape : shapes())
    for (const int restart : {1, 2, 5, 9, 100}) {
      shape.restart = restart;
      expect_ours(make_jpeg(shape), text_of(shape));
    }
}

TEST(JpegCoefficients, OfGreyAndStoredRgb) {
  for (JpegShape shape : shapes()) {
    shape.channels = 1;
    expect_ours(make_jpeg(shape), text_of(shape));
  }
  expect_ours(make_jpeg({.h = 1, .v = 1, .rgb = true}), "rgb");
}

// More bytes than a window, and codes of all lengths.
TEST(JpegCoefficients, OfALargePicture) {
  for (const int noise : {0, 3, 127})
    for (const int restart : {0, 57}) {
      const JpegShape shape{.width = 701, .height = 511, .quality = 97, .restart = restart, .noise = noise};
      expect_ours(make_jpeg(shape), text_of(shape));
    }
}

TEST(JpegCoefficients, OfOneReaderForManyFiles) {
  codec::jpeg::CoefficientReader reader;
  for (const JpegShape& shape : {JpegShape{.width = 300},
                                 {.width = 30, .optimised = true},
                                 {.channels = 1, .restart = 2},
                                 {.width = 3, .height = 500, .h = 1, .quality = 20}}) {
    const std::string file = make_jpeg(shape);
    const auto ours = our_coefficients(file, reader);
    ASSERT_TRUE(ours) << text_of(shape);
    expect_equal(*ours, *libjpeg_coefficients(file), text_of(shape));
    EXPECT_FALSE(our_coefficients(file.substr(0, file.size() / 2), reader));
  }
}

TEST(JpegCoefficients, OfDcOnlyAreTheFirstOfEachBlock) {
  codec::jpeg::CoefficientReader reader;
  for (const std::array<bool, 3>& dc_only : {std::array{true, true, true}, {true, false, false}, {false, true, false}})
    for (const int noise : {3, 127}) {
      const std::string file = make_jpeg({.width = 301, .height = 211, .quality = 97, .restart = 3, .noise = noise});
      const auto ours = our_coefficients(file, reader, dc_only), wanted = libjpeg_coefficients(file);
      ASSERT_TRUE(ours && wanted);
      for (std::size_t c = 0; c < 3; ++c) {
        const auto& all = wanted->components[c].blocks;
        EXPECT_EQ(ours->components[c].blocks, dc_only[c] ? dcs_of(all) : all) << c << " with noise " << noise;
      }
    }
}

}  // namespace
}  // namespace fovea
