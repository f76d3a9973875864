// Every beginning of a file is an error, and never a part of a picture.
#include <gtest/gtest.h>

#include "support/picture.h"

namespace fovea {
namespace {

class Prefix : public ::testing::TestWithParam<const char*> {};

TEST_P(Prefix, EveryOneIsAnError) {
  const std::string file = test::picture_file(GetParam());
  ASSERT_TRUE(decode(test::bytes_of(file)));
  for (std::size_t n = 0; n < file.size(); ++n) {
    // A copy of its own size, so that a sanitizer sees a read past the end.
    const std::vector<char> part(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(n));
    const Result<DecodedImage> image = decode(std::as_bytes(std::span(part)));
    ASSERT_FALSE(image) << n << " of " << file.size() << " bytes";
    const Errc code = image.error().code();
    EXPECT_TRUE(code == Errc::truncated || (code == Errc::empty && n == 0) || (code == Errc::unknown_format && n < 8))
        << n << " of " << file.size() << " bytes: " << name(code) << ": " << image.error().what();
  }
}

INSTANTIATE_TEST_SUITE_P(Files, Prefix,
                         ::testing::Values("rgb_420.jpg", "progressive.jpg", "arithmetic.jpg", "ycck.jpg",
                                           "orientation_6.jpg", "rgb8_n.png", "palette4_i.png", "exif.png",
                                           "palette_trns.png", "lossy.webp", "lossless.webp", "lossy_alpha.webp",
                                           "exif.webp", "animated.webp", "bits_24.bmp", "bits_4.bmp", "os2.bmp",
                                           "fields_rgba.bmp", "rle8.bmp", "rle4.bmp", "plain.gif", "interlaced.gif",
                                           "animated.gif", "p4.pbm", "p5.pgm", "p6.ppm", "p5_16.pgm", "rgb_alpha.pam",
                                           "rgb.tif", "tiles.tif", "planes.tif", "group4.tif", "rgb_jpeg.tif",
                                           "rgb_tiff_lzw.tif"),
                         [](const auto& test) {
                           std::string name = test.param;
                           for (char& c : name)
                             if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
                           return name;
                         });

class Flip : public ::testing::TestWithParam<const char*> {};

// One byte changed: any answer will do, as long as it is the same twice and a sanitizer is content.
TEST_P(Flip, AnyByteEndsInOneAnswer) {
  const std::string file = test::picture_file(GetParam());
  DecodeOptions options;
  options.limits.max_pixels = 1 << 20;
  for (std::size_t at = 0; at < file.size(); ++at) {
    for (const char value : {'\0', '\x7f', '\xff'}) {
      std::string changed = file;
      changed[at] = value;
      const Result<DecodedImage> one = decode(test::bytes_of(changed), options);
      const Result<DecodedImage> two = decode(test::bytes_of(changed), options);
      ASSERT_EQ(static_cast<bool>(one), static_cast<bool>(two)) << at;
      if (one) {
        ASSERT_EQ(test::difference(one.value().pixels, two.value().pixels), 0) << at;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Files, Flip,
                         ::testing::Values("rgb_420.jpg", "progressive.jpg", "palette4_i.png", "lossy_alpha.webp",
                                           "rle8.bmp", "fields_rgba.bmp", "interlaced.gif", "p5_16.pgm", "p3.ppm",
                                           "rgb_alpha.pam", "planes_tiles.tif", "palette.tif", "group4.tif"),
                         [](const auto& test) {
                           std::string name = test.param;
                           for (char& c : name)
                             if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
                           return name;
                         });

}  // namespace
}  // namespace fovea
