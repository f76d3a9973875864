// Files made to hurt: what each must end in. Names carry the case numbers A1 to A19.
#include <gtest/gtest.h>

#include "codec/codec.h"
#include "support/hostile_pictures.h"
#include "support/poison_memory.h"

namespace fovea {
namespace {

using namespace test;

struct Case {
  const char* name;
  Errc code;
  std::string file;
};

std::string with_exif_orientation(const std::string& jpeg, std::uint32_t orientation) {
  return jpeg_with_segment(jpeg, 0xe1, exif_block(3, 1, orientation));
}

std::string large_apps(int count) {
  std::string jpeg = picture_file("rgb_444.jpg");
  for (int i = 0; i < count; ++i) jpeg = jpeg_with_segment(jpeg, 0xe2, std::string(65000, 'x'));
  return jpeg;
}

std::string tiny_chunks(int count) {
  std::string chunks;
  const std::string one = png_chunk("tEXt", "");
  for (int i = 0; i < count; ++i) chunks += one;
  return make_png({1, 1, 8, 0, false}, {7}, chunks);
}

std::string flipped(std::string file, const char* chunk, std::size_t from_type) {
  const std::size_t at = file.find(chunk) + from_type;
  file[at] = static_cast<char>(file[at] ^ 0x20);
  return file;
}

std::vector<Case> cases() {
  const std::string jpeg = picture_file("rgb_420.jpg"), png = picture_file("rgb8_n.png");
  const std::string bmp8 = make_bmp({.bits = 8,
                                     .compression = 1,
                                     .colors = 2,
                                     .offset = 62,
                                     .data = std::string(8, '\0') + std::string("\xff\1\0\1", 4)});
  using namespace std::string_literals;
  return {
      {"A1_no_bytes", Errc::empty, ""},
      {"A4_png_largest_sides", Errc::limit_pixels,
       png_header({0x7fffffffu, 0x7fffffffu, 8, 2, false}) + png_chunk("IEND", "")},
      {"A5_jpeg_largest_sides", Errc::limit_pixels, jpeg_of_size(65535, 65535)},
      {"A7_png_product_over_32_bits", Errc::limit_pixels,
       png_header({65536, 65537, 8, 2, false}) + png_chunk("IEND", "")},
      {"A7_png_side_over_31_bits", Errc::limit_pixels, png_header({0xffffffffu, 0xffffffffu, 16, 6, false})},
      {"A7_png_no_width", Errc::corrupt, png_header({0, 1, 8, 2, false}) + png_chunk("IEND", "")},
      {"A7_bmp_row_padding", Errc::limit_pixels, make_bmp({.width = 0x7fffffffu, .height = 1, .bits = 32})},
      {"A7_tiff_largest_sides", Errc::corrupt, make_tiff(0xffffffffu, 0xffffffffu, 122, 16)},
      {"A7_tiff_large_sides", Errc::limit_pixels, make_tiff(65535, 65535, 122, 16)},
      {"A7_pnm_more_than_64_bits", Errc::limit_pixels, "P6 999999999999 999999999999 255 x"},
      {"A8_ten_thousand_scans", Errc::limit_scans, jpeg_repeating_last_scan(picture_file("progressive.jpg"), 10000)},
      {"A9_extraneous_bytes", Errc::corrupt, jpeg.substr(0, jpeg.size() - 2) + std::string(40, 'x') + "\xff\xd9"s},
      {"A10_jpeg_metadata", Errc::limit_metadata, large_apps(130)},
      {"A10_png_many_chunks", Errc::limit_metadata, tiny_chunks(100000)},
      {"A12_header_checksum", Errc::corrupt, with(png, 29, std::string(4, 'x'))},
      {"A12_data_checksum", Errc::corrupt, with(png, png.size() - 16, std::string(4, '\1'))},
      {"A14_twelve_bits", Errc::unsupported, jpeg_of_size(8, 8, 0xc1, 12)},
      {"A14_lossless", Errc::unsupported, jpeg_of_size(8, 8, 0xc3)},
      {"A14_float_tiff", Errc::unsupported, picture_file("float.tif")},
      {"A15_html", Errc::unknown_format, "\n <!DOCTYPE html><html>"},
      {"A15_text", Errc::unknown_format, "Not found"},
      {"A15_pdf", Errc::unknown_format, "%PDF-1.7\n" + jpeg},
      {"A16_jpeg_magic_png_body", Errc::truncated, jpeg.substr(0, 3) + png.substr(3)},
      {"A16_png_magic_jpeg_body", Errc::corrupt, png.substr(0, 8) + jpeg.substr(8)},
      {"A16_gif_magic_bmp_body", Errc::corrupt, "GIF89a" + picture_file("bits_24.bmp").substr(6)},
      {"A16_riff_that_is_sound", Errc::unknown_format, "RIFF\x24\0\0\0WAVEfmt "s + std::string(40, '\0')},
      {"A17_bmp_no_bits", Errc::corrupt, make_bmp({.bits = 0})},
      {"A17_bmp_15_bits", Errc::corrupt, make_bmp({.bits = 15})},
      {"A17_bmp_65535_bits", Errc::corrupt, make_bmp({.bits = 65535})},
      {"A17_bmp_lowest_height", Errc::limit_pixels, make_bmp({.height = 0x80000000u})},
      {"A17_bmp_negative_width", Errc::corrupt, make_bmp({.width = 0xffffffffu})},
      {"A17_bmp_palette_of_2_31", Errc::corrupt, make_bmp({.bits = 8, .colors = 0x80000000u, .offset = 0})},
      {"A17_bmp_run_past_the_row", Errc::corrupt, bmp8},
      {"A17_bmp_runs_top_down", Errc::corrupt, make_bmp({.height = 0xfffffffcu, .bits = 8, .compression = 1})},
      {"A17_bmp_pixels_in_header", Errc::corrupt, make_bmp({.offset = 20})},
      {"A17_bmp_pixels_past_the_end", Errc::truncated, make_bmp({.offset = 0xfffffff0u})},
      {"A17_bmp_header_of_2_32", Errc::corrupt, make_bmp({.header = 0xffffffffu})},
      {"A18_gif_no_area", Errc::corrupt, make_gif(1, 1, {0, 0, 0, 0})},
      {"A18_gif_canvas_no_area", Errc::corrupt, make_gif(0, 5, {0, 0, 1, 1})},
      {"A18_gif_frame_outside", Errc::corrupt, make_gif(4, 4, {4, 0, 1, 1})},
      {"A18_gif_frame_too_wide", Errc::corrupt, make_gif(4, 4, {0, 0, 65535, 1})},
      {"A18_gif_too_few_codes", Errc::truncated, make_gif(4, 4, {0, 0, 4, 4})},
      {"tiff_strip_past_the_end", Errc::truncated, make_tiff(4, 4, 1000, 16)},
      {"tiff_strip_offset_wraps", Errc::truncated, make_tiff(4, 4, 0xfffffff8u, 16)},
      {"tiff_short_strip", Errc::truncated, make_tiff(8, 8, 122, 16)},
      {"tiff_three_bits", Errc::unsupported, make_tiff(4, 4, 122, 16, 3)},
      {"tiff_65535_samples", Errc::unsupported, make_tiff(4, 4, 122, 16, 8, 65535)},
      {"pnm_maximum_0", Errc::corrupt, "P5 1 1 0 x"},
      {"pnm_maximum_65536", Errc::corrupt, "P5 1 1 65536 xx"},
      {"pnm_sample_above_maximum", Errc::corrupt, "P2 1 1 9 10\n"},
      {"pnm_negative_size", Errc::corrupt, "P5 -1 1 255 x"},
      {"pnm_more_samples_than_bytes", Errc::truncated, "P3 10000 10000 255\n1 2 3\n"},
      {"pam_odd_tuples", Errc::unsupported, "P7\nWIDTH 1\nHEIGHT 1\nDEPTH 3\nMAXVAL 255\nTUPLTYPE X\x1b\nENDHDR\nabc"},
      {"webp_size_below_header", Errc::corrupt, "RIFF\4\0\0\0WEBPVP8 "s + std::string(20, '\0')},
      {"webp_empty_body", Errc::corrupt, "RIFF\x1e\0\0\0WEBPVP8 "s + std::string(22, '\0')},
  };
}

class Hostile : public ::testing::TestWithParam<Case> {};

TEST_P(Hostile, EndsInItsErrorWithoutALargeAllocation) {
  EXPECT_TRUE(refused(GetParam().file, GetParam().code));
  const auto memory = std::make_shared<PoisonMemory>(0x55);
  EXPECT_FALSE(codec::decode(bytes_of(GetParam().file), {}, memory));
  EXPECT_LE(memory->largest, std::size_t{1} << 20);
}

INSTANTIATE_TEST_SUITE_P(All, Hostile, ::testing::ValuesIn(cases()), [](const auto& test) { return test.param.name; });

TEST(HostileMessages, SayWhatAndHow) {
  const Result<ImageInfo> info = probe(bytes_of(png_header({0x7fffffffu, 0x7fffffffu, 8, 2, false})));
  ASSERT_FALSE(info);
  EXPECT_STREQ(info.error().what(),
               "png: 2147483647x2147483647 is 4.6e18 pixels, limit 180000000; raise with --max-pixels");
  EXPECT_NE(std::string(probe(bytes_of("<html></html>")).error().what()).find("HTML"), std::string::npos);
  EXPECT_NE(std::string(probe(bytes_of("just words")).error().what()).find("text"), std::string::npos);
}

TEST(Hostile, A6DeflateBombUnderTheLimitDecodesRowByRow) {
  const std::string file = picture_file("bomb_pixels.png");
  ASSERT_LT(file.size(), 20000u);
  DecodeOptions options;
  options.channels = 1;
  const auto memory = std::make_shared<PoisonMemory>(0x55);
  const Result<DecodedImage> image = codec::decode(bytes_of(file), options, memory);
  ASSERT_TRUE(image) << image.error().what();
  const auto pixels = image.value().pixels.span<std::uint8_t>();
  EXPECT_EQ(pixels.size(), 16'000'000u);
  EXPECT_TRUE(std::all_of(pixels.begin(), pixels.end(), [](std::uint8_t v) { return v == 0; }));
  EXPECT_LE(memory->largest, 16'000'000u + 4096u);
}

TEST(Hostile, A11OrientationThatIsNoneIsIgnored) {
  const std::string jpeg = picture_file("rgb_420.jpg");
  for (const std::uint32_t value : {0u, 9u, 65535u}) {
    const Result<ImageInfo> info = probe(bytes_of(with_exif_orientation(jpeg, value)));
    ASSERT_TRUE(info) << info.error().what();
    EXPECT_EQ(info.value().orientation, 1) << value;
  }
  const std::string six = with_exif_orientation(jpeg, 6);
  EXPECT_EQ(probe(bytes_of(six)).value().orientation, 6);
  const Result<DecodedImage> turned = decode(bytes_of(six));
  ASSERT_TRUE(turned);
  EXPECT_EQ(turned.value().pixels.shape(), (Shape{23, 15, 3}));
  EXPECT_EQ(turned.value().info.width, 23);
}

TEST(Hostile, A12AncillaryChecksumsDoNotMatter) {
  const std::string good = make_png({1, 1, 8, 0, false}, {7}, png_chunk("tEXt", "a\0b"));
  const std::string bad = flipped(good, "tEXt", 5);
  ASSERT_NE(good, bad);
  const Result<DecodedImage> image = decode(bytes_of(bad));
  ASSERT_TRUE(image) << image.error().what();
  EXPECT_EQ(samples_of(image.value().pixels), (std::vector<std::uint8_t>{7, 7, 7}));
}

TEST(Hostile, A14AnimationGivesItsFirstFrame) {
  for (const char* name : {"animated.gif", "animated.webp"}) EXPECT_TRUE(decode(bytes_of(picture_file(name)))) << name;
}

TEST(Hostile, A16BytesBehindThePictureAreIgnored) {
  const std::string png = picture_file("rgb8_n.png");
  for (const char* name :
       {"rgb_420.jpg", "rgb8_n.png", "lossy.webp", "bits_24.bmp", "plain.gif", "p6.ppm", "rgb.tif"}) {
    const std::string file = picture_file(name);
    const Result<DecodedImage> alone = decode(bytes_of(file)), more = decode(bytes_of(file + png));
    ASSERT_TRUE(alone && more) << name;
    EXPECT_EQ(difference(alone.value().pixels, more.value().pixels), 0) << name;
  }
}

class Poison : public ::testing::TestWithParam<const char*> {};

TEST_P(Poison, A19WhatWasInMemoryNeverShows) {
  const std::string file = picture_file(GetParam());
  for (const int channels : {1, 3, 4}) {
    for (const std::int32_t background : {-1, 0x336699}) {
      DecodeOptions options;
      options.channels = channels;
      options.background = background;
      const auto zeros = codec::decode(bytes_of(file), options, std::make_shared<PoisonMemory>(0));
      ASSERT_TRUE(zeros) << zeros.error().what();
      for (const int value : {0x55, 0xaa}) {
        const auto other = codec::decode(bytes_of(file), options, std::make_shared<PoisonMemory>(value));
        ASSERT_TRUE(other);
        EXPECT_EQ(difference(zeros.value().pixels, other.value().pixels), 0);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Files, Poison,
                         ::testing::Values("rgb_420.jpg", "grey.jpg", "cmyk.jpg", "orientation_5.jpg", "rgb8_n.png",
                                           "palette1_i.png", "grey16_i.png", "rgba8_n.png", "lossy_alpha.webp",
                                           "animated.webp", "rle8_delta.bmp", "bits_16.bmp", "small_frame.gif",
                                           "interlaced.gif", "p4.pbm", "rgb_alpha.pam", "tiles.tif", "planes_tiles.tif",
                                           "group4.tif", "cmyk.tif"));

}  // namespace
}  // namespace fovea
