// JPEGs that are scaled while they are decoded.
#include <gtest/gtest.h>

#include <sstream>

#include "codec/codec.h"
#include "fovea/npy.h"
#include "support/hostile_pictures.h"

namespace fovea {
namespace {

using namespace test;

DecodeOptions shrunk(int shorter_side) {
  DecodeOptions options;
  options.shrink_to = shorter_side;
  return options;
}

Shape shape_of(const std::string& name, int shorter_side) {
  const std::string file = picture_file(name);
  const Result<DecodedImage> image = decode(bytes_of(file), shrunk(shorter_side));
  EXPECT_TRUE(image) << name;
  return image ? image.value().pixels.shape() : Shape{};
}

TEST(Scaled, PixelsAreThoseOfTheScaledTransform) {
  std::istringstream lines(read_text(test_data("codec/scaled/scaled.csv")));
  int count = 0;
  for (std::string file, eighths, expected;
       std::getline(lines, file, ',') && std::getline(lines, eighths, ',') && std::getline(lines, expected); ++count) {
    const Array wanted = load_npy(test_data("codec/scaled/" + expected)).value();
    const std::string bytes = picture_file(file);
    const int shorter = static_cast<int>(std::min(wanted.shape()[0], wanted.shape()[1]));
    const Result<DecodedImage> image = decode(bytes_of(bytes), shrunk(shorter));
    ASSERT_TRUE(image) << expected << ": " << image.error().what();
    EXPECT_EQ(difference(image.value().pixels, wanted), 0) << expected;
    const ImageInfo stored = probe(bytes_of(bytes)).value();
    EXPECT_EQ(image.value().info.width, stored.width) << expected;
    EXPECT_EQ(image.value().info.height, stored.height) << expected;
  }
  EXPECT_EQ(count, 21);
}

// Sides of 23 and 15: an eighth is 3 x 2, a quarter 6 x 4, a half 12 x 8.
TEST(Scaled, TheShorterSideIsNoLessThanAsked) {
  const Shape eighth{2, 3, 3}, quarter{4, 6, 3}, half{8, 12, 3}, whole{15, 23, 3};
  EXPECT_EQ(shape_of("rgb_420.jpg", 0), whole);
  EXPECT_EQ(shape_of("rgb_420.jpg", 1), eighth);
  EXPECT_EQ(shape_of("rgb_420.jpg", 2), eighth);
  EXPECT_EQ(shape_of("rgb_420.jpg", 3), quarter);
  EXPECT_EQ(shape_of("rgb_420.jpg", 4), quarter);
  EXPECT_EQ(shape_of("rgb_420.jpg", 5), half);
  EXPECT_EQ(shape_of("rgb_420.jpg", 8), half);
  EXPECT_EQ(shape_of("rgb_420.jpg", 9), whole);
  EXPECT_EQ(shape_of("rgb_420.jpg", 1000), whole);
  EXPECT_EQ(shape_of("orientation_6.jpg", 5), (Shape{12, 8, 3}));
}

TEST(Scaled, OtherChannelsAndInksComeOutScaledToo) {
  DecodeOptions options = shrunk(8);
  for (const int channels : {1, 3, 4})
    for (const char* name : {"grey.jpg", "rgb_420.jpg", "cmyk.jpg", "ycck.jpg"}) {
      options.channels = channels;
      const std::string file = picture_file(name);
      const Result<DecodedImage> image = decode(bytes_of(file), options);
      ASSERT_TRUE(image) << name;
      EXPECT_EQ(image.value().pixels.shape(), (Shape{8, 12, channels})) << name;
    }
}

TEST(Scaled, OtherFormatsStayAsTheyAre) {
  for (const char* name : {"rgb8_n.png", "lossy.webp", "rgb.tif", "bits_24.bmp", "p6.ppm", "plain.gif"})
    EXPECT_EQ(shape_of(name, 1), (Shape{15, 23, 3})) << name;
}

TEST(Scaled, DecodedBytesAreThoseOfTheScaledPicture) {
  DecodeOptions options = shrunk(8);
  options.limits.max_decoded_bytes = 12 * 8 * 3;
  const std::string file = picture_file("rgb_420.jpg");
  EXPECT_TRUE(decode(bytes_of(file), options));
  --options.limits.max_decoded_bytes;
  EXPECT_TRUE(refused(file, Errc::limit_bytes, options));
  options.limits.max_decoded_bytes = 12 * 8 * 3 + 23 * 15 * 6;  // the coefficients are those of the whole picture
  EXPECT_TRUE(decode(bytes_of(picture_file("progressive.jpg")), options));
  --options.limits.max_decoded_bytes;
  EXPECT_TRUE(refused(picture_file("progressive.jpg"), Errc::limit_bytes, options));
  options.limits.max_decoded_bytes = 23 * 15 * 3 - 1;
  for (const char* name : {"rgb8_n.png", "lossy.webp", "bits_24.bmp", "p6.ppm", "plain.gif"})
    EXPECT_TRUE(refused(picture_file(name), Errc::limit_bytes, options)) << name;
}

TEST(Scaled, PixelLimitsAreThoseOfTheStoredPicture) {
  DecodeOptions options = shrunk(1);
  options.limits.max_pixels = 23 * 15 - 1;
  EXPECT_TRUE(refused(picture_file("rgb_420.jpg"), Errc::limit_pixels, options));
  options.limits = {};
  options.limits.max_side = 22;
  EXPECT_TRUE(refused(picture_file("rgb_420.jpg"), Errc::limit_side, options));
}

TEST(Scaled, AdmissionIsForTheScaledPicture) {
  std::int64_t asked = 0;
  const codec::Admit admit = [&](std::int64_t bytes) { asked = bytes; };
  const std::string file = picture_file("orientation_6.jpg");
  EXPECT_TRUE(codec::decode(bytes_of(file), shrunk(4), host_memory(), admit));
  EXPECT_EQ(asked, 2 * 6 * 4 * 3);
}

TEST(Scaled, DamageIsFoundAsInWholePictures) {
  const std::string file = picture_file("rgb_420.jpg");
  for (std::size_t size = 0; size < file.size(); ++size)
    EXPECT_FALSE(decode(bytes_of(file).first(size), shrunk(1))) << size;
  EXPECT_THROW(static_cast<void>(decode(bytes_of(file), shrunk(-1))), Error);
}

}  // namespace
}  // namespace fovea
