// Pictures written and read again, and the bytes of what is simple enough to write by hand.
#include <gtest/gtest.h>

#include <random>

#include "codec/encoder.h"
#include "fovea/npy.h"
#include "support/hostile_pictures.h"

namespace fovea {
namespace {

using namespace test;

Array noise(std::int64_t height, std::int64_t width, std::int64_t channels) {
  std::mt19937 next(static_cast<unsigned>(height * 7919 + width * 31 + channels));
  Array pixels = Array::empty({height, width, channels}, DType::u8);
  for (std::uint8_t& sample : pixels.span<std::uint8_t>()) sample = static_cast<std::uint8_t>(next());
  return pixels;
}

Array pixels_of(std::vector<std::uint8_t> values, Shape shape) {
  return Array::of<std::uint8_t>(values, std::move(shape));
}

EncodeOptions as(std::string format, bool lossless = true) {
  EncodeOptions options;
  options.format = std::move(format);
  options.lossless = lossless;
  return options;
}

std::string text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Result<DecodedImage> decoded(const std::vector<std::byte>& bytes, std::int64_t channels) {
  DecodeOptions options;
  options.channels = static_cast<int>(channels);
  return decode(bytes, options);
}

Errc refusal(const Array& pixels, const EncodeOptions& options) {
  try {
    static_cast<void>(encode(pixels, options));
  } catch (const Error& error) {
    EXPECT_EQ(std::string_view(error.what()).find('\n'), std::string_view::npos);
    EXPECT_EQ(std::string_view(error.what()).substr(0, 8), "encode: ");
    return error.code();
  }
  return Errc::internal;
}

TEST(Encode, LosslessFormatsGiveEveryPixelBack) {
  struct Size {
    std::int64_t height, width;
  };
  for (const char* format : {"png", "webp", "tiff", "bmp", "pnm"})
    for (const Size& size : {Size{1, 1}, {1, 2}, {2, 1}, {3, 5}, {7, 1}, {1, 9}, {23, 15}, {70, 333}, {16, 16}})
      for (const std::int64_t channels : {1, 3, 4}) {
        const Array pixels = noise(size.height, size.width, channels);
        const Result<DecodedImage> image = decoded(encode(pixels, as(format)), channels);
        ASSERT_TRUE(image) << format << to_string(pixels.shape()) << image.error().what();
        EXPECT_EQ(difference(image.value().pixels, pixels), 0) << format << to_string(pixels.shape());
        EXPECT_EQ(image.value().info.format, format);
        const bool keeps = std::string_view(format) != "webp" && std::string_view(format) != "bmp";
        EXPECT_TRUE(!keeps || image.value().info.channels == channels) << format;
      }
}

TEST(Encode, TransparentPixelsKeepTheirColors) {
  const Array pixels = pixels_of({10, 20, 30, 0, 200, 100, 50, 0, 1, 2, 3, 255, 9, 8, 7, 128}, {2, 2, 4});
  for (const char* format : {"png", "webp", "tiff", "bmp", "pnm"})
    EXPECT_EQ(difference(decoded(encode(pixels, as(format)), 4).value().pixels, pixels), 0) << format;
}

// Pillow's JPEGs of the same pictures: same tables, same subsampling, so the same pixels.
TEST(Encode, JpegsHoldWhatPillowsHold) {
  for (const std::string name : {"rgb", "grey"})
    for (const int quality : {10, 75, 95}) {
      const Array pixels = load_npy(test_data("codec/encoded/" + name + ".npy")).value();
      const std::string theirs = picture_file("encoded/" + name + "_" + std::to_string(quality) + ".jpg");
      EncodeOptions options = as("jpeg");
      options.quality = quality;
      const std::vector<std::byte> ours = encode(pixels, options);
      const auto channels = pixels.shape()[2];
      EXPECT_EQ(decoded(ours, channels).value().info.channels, channels);
      DecodeOptions wanted;
      wanted.channels = static_cast<int>(channels);
      EXPECT_EQ(difference(decoded(ours, channels).value().pixels, decode(bytes_of(theirs), wanted).value().pixels), 0)
          << name << quality;
    }
}

TEST(Encode, JpegsOfAnySizeComeBackAtTheirSize) {
  for (const Shape& shape : {Shape{1, 1, 3}, {1, 1, 1}, {1, 17, 3}, {17, 1, 1}, {15, 31, 3}}) {
    const Result<DecodedImage> image = decoded(encode(Array::full(shape, 77, DType::u8), as("jpeg")), shape[2]);
    ASSERT_TRUE(image) << image.error().what();
    EXPECT_EQ(image.value().pixels.shape(), shape);
    EXPECT_LE(difference(image.value().pixels, Array::full(shape, 77, DType::u8)), 1);
  }
}

TEST(Encode, LossyWebpIsNearAndSmaller) {
  Array pixels = Array::empty({64, 64, 3}, DType::u8);
  for (std::int64_t i = 0; i < pixels.size(); ++i)
    pixels.span<std::uint8_t>()[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(i / 3 % 64 + i / 192);
  EncodeOptions fine = as("webp", false), coarse = as("webp", false);
  fine.quality = 100;
  coarse.quality = 5;
  const auto much = encode(pixels, fine), little = encode(pixels, coarse);
  EXPECT_LT(little.size(), much.size());
  EXPECT_LE(difference(decoded(much, 3).value().pixels, pixels), 6);
  EXPECT_GT(difference(decoded(little, 3).value().pixels, pixels), 6);
}

TEST(Encode, TheSamePixelsGiveTheSameBytes) {
  const Array pixels = noise(33, 50, 3), again = noise(33, 50, 3);
  for (const codec::Encoder& encoder : codec::encoders())
    EXPECT_EQ(encode(pixels, as(std::string(encoder.name), false)), encode(again, as(std::string(encoder.name), false)))
        << encoder.name;
  EXPECT_EQ(codec::encoders().size(), 6u);
}

TEST(Encode, StridedPixelsAreWrittenAsTheyLook) {
  const Array pixels = noise(12, 20, 3);
  const Array part = pixels.slice(0, {2, 12, 3}).slice(1, {18, 1, -2});
  ASSERT_FALSE(part.contiguous());
  EXPECT_EQ(difference(decoded(encode(part, as("png")), 3).value().pixels, part.copy()), 0);
}

TEST(Encode, NetpbmBytesAreAsItsPagesSay) {
  EXPECT_EQ(text_of(encode(pixels_of({65, 66, 67, 68, 69, 70}, {2, 1, 3}), as("pnm"))), "P6\n1 2\n255\nABCDEF");
  EXPECT_EQ(text_of(encode(pixels_of({65, 66}, {1, 2, 1}), as("pnm"))), "P5\n2 1\n255\nAB");
  EXPECT_EQ(text_of(encode(pixels_of({65, 66, 67, 68}, {1, 1, 4}), as("pnm"))),
            "P7\nWIDTH 1\nHEIGHT 1\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\nABCD");
}

TEST(Encode, BitmapBytesAreAsItsPagesSay) {
  // Two rows, the lower first, blue before red, each filled up to four bytes.
  const std::string header = "BM" + little(14 + 40 + 8, 4) + little(0, 4) + little(54, 4) + little(40, 4) +
                             little(1, 4) + little(2, 4) + little(1, 2) + little(24, 2) + little(0, 4) + little(8, 4) +
                             little(2835, 4) + little(2835, 4) + little(0, 4) + little(0, 4);
  EXPECT_EQ(text_of(encode(pixels_of({65, 66, 67, 68, 69, 70}, {2, 1, 3}), as("bmp"))),
            header + std::string("FED\0CBA\0", 8));
}

TEST(Encode, PixelsOfOtherKindsAreMisuse) {
  const Array rgb = noise(4, 4, 3);
  for (const codec::Encoder& encoder : codec::encoders()) {
    const EncodeOptions options = as(std::string(encoder.name));
    EXPECT_EQ(refusal(Array::zeros({4, 4, 3}, DType::f32), options), Errc::invalid_argument) << encoder.name;
    EXPECT_EQ(refusal(Array::zeros({4, 4}, DType::u8), options), Errc::invalid_argument) << encoder.name;
    EXPECT_EQ(refusal(Array::zeros({1, 4, 4, 3}, DType::u8), options), Errc::invalid_argument) << encoder.name;
    for (const Shape& shape : {Shape{4, 4, 2}, {4, 4, 5}, {4, 4, 0}, {0, 4, 3}, {4, 0, 3}})
      EXPECT_EQ(refusal(Array::zeros(shape, DType::u8), options), Errc::invalid_argument) << encoder.name;
    EXPECT_EQ(refusal(Array(), options), Errc::invalid_argument) << encoder.name;
  }
  EXPECT_EQ(refusal(noise(4, 4, 4), as("jpeg")), Errc::invalid_argument);
  for (const char* format : {"", "jpg", "JPEG", "gif", "avif"})
    EXPECT_EQ(refusal(rgb, as(format)), Errc::invalid_argument) << format;
  for (const int quality : {-1, 0, 101, 1000}) {
    EncodeOptions options = as("jpeg");
    options.quality = quality;
    EXPECT_EQ(refusal(rgb, options), Errc::invalid_argument) << quality;
  }
}

TEST(Encode, SidesEndWhereTheFormatDoes) {
  const auto row = [](std::int64_t width) { return Array::zeros({1, width, 1}, DType::u8); };
  const auto column = [](std::int64_t height) { return Array::zeros({height, 1, 1}, DType::u8); };
  struct Most {
    const char* format;
    std::int64_t side;
  };
  for (const Most& most : {Most{"webp", 16383}, {"jpeg", 65500}}) {
    DecodeOptions wide;
    wide.limits.max_side = most.side;
    EXPECT_TRUE(decode(encode(row(most.side), as(most.format)), wide)) << most.format;
    EXPECT_EQ(refusal(row(most.side + 1), as(most.format)), Errc::limit_side) << most.format;
    EXPECT_EQ(refusal(column(most.side + 1), as(most.format)), Errc::limit_side) << most.format;
  }
  for (const char* format : {"png", "tiff", "bmp", "pnm"}) {
    DecodeOptions wide;
    wide.limits.max_side = 70000;
    EXPECT_TRUE(decode(encode(row(70000), as(format)), wide)) << format;
    EXPECT_TRUE(decode(encode(column(70000), as(format)), wide)) << format;
  }
}

TEST(Encode, NamesAskForFormats) {
  EXPECT_EQ(format_of_extension(".jpg"), "jpeg");
  EXPECT_EQ(format_of_extension(".JPEG"), "jpeg");
  EXPECT_EQ(format_of_extension(".png"), "png");
  EXPECT_EQ(format_of_extension(".webp"), "webp");
  EXPECT_EQ(format_of_extension(".Tif"), "tiff");
  EXPECT_EQ(format_of_extension(".tiff"), "tiff");
  EXPECT_EQ(format_of_extension(".bmp"), "bmp");
  for (const char* name : {".ppm", ".pgm", ".pam", ".pnm"}) EXPECT_EQ(format_of_extension(name), "pnm");
  for (const char* name : {"", ".", "jpg", ".jp", ".gif", ".jpg ", ".npy"}) EXPECT_EQ(format_of_extension(name), "");
}

}  // namespace
}  // namespace fovea
