#include "codec/pixels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "codec/exif.h"
#include "codec/orient.h"
#include "support/hostile_pictures.h"

namespace fovea::codec {
namespace {

TEST(Pixels, NarrowingRoundsAllSixteenBitValues) {
  std::vector<std::uint16_t> wide(65536);
  std::iota(wide.begin(), wide.end(), std::uint16_t{0});
  std::vector<std::uint8_t> narrow(wide.size());
  narrow_row(wide.data(), narrow.data(), wide.size());
  for (std::size_t v = 0; v < wide.size(); ++v) ASSERT_EQ(narrow[v], std::lround(static_cast<double>(v) / 257.0)) << v;
}

TEST(Pixels, CompositingRoundsAllTriples) {
  std::vector<std::uint8_t> rgba(256 * 4), rgb(256 * 3);
  for (int back = 0; back < 256; back += 5) {
    for (int alpha = 0; alpha < 256; ++alpha) {
      for (std::size_t v = 0; v < 256; ++v) {
        rgba[v * 4] = rgba[v * 4 + 1] = rgba[v * 4 + 2] = static_cast<std::uint8_t>(v);
        rgba[v * 4 + 3] = static_cast<std::uint8_t>(alpha);
      }
      convert_row(rgba.data(), Layout::rgba, rgb.data(), 256, {3, back << 16 | back << 8 | back});
      for (std::size_t v = 0; v < 256; ++v)
        ASSERT_EQ(rgb[v * 3], std::lround((static_cast<double>(v) * alpha + back * (255 - alpha)) / 255.0));
    }
  }
}

TEST(Pixels, BackgroundIsReadAsRedGreenBlue) {
  const std::uint8_t clear[] = {9, 9, 9, 0};
  std::uint8_t out[4] = {};
  convert_row(clear, Layout::rgba, out, 1, {4, 0x102030});
  EXPECT_EQ(std::vector<int>(out, out + 4), (std::vector<int>{0x10, 0x20, 0x30, 255}));
  convert_row(clear, Layout::rgba, out, 1, {3, -1});
  EXPECT_EQ(std::vector<int>(out, out + 3), (std::vector<int>{9, 9, 9}));
}

// With a picture [[a, b, c], [d, e, f]]: what a viewer shows for each orientation (Exif 2.32, 4.6.4).
TEST(Orientation, EightCasesByHand) {
  const std::string stored = "abcdef";
  const std::string upright_pictures[] = {"abcdef", "cbafed", "fedcba", "defabc",
                                          "adbecf", "daebfc", "fcebda", "cfbead"};
  for (const std::int64_t channels : {1, 3, 4}) {
    std::vector<std::uint8_t> bytes;
    for (const char c : stored)
      bytes.insert(bytes.end(), static_cast<std::size_t>(channels), static_cast<std::uint8_t>(c));
    const Array pixels = Array::of<std::uint8_t>(bytes, {2, 3, channels});
    for (int orientation = 1; orientation <= 8; ++orientation) {
      const Array turned = upright(pixels, orientation, host_memory());
      EXPECT_EQ(turned.shape(), orientation >= 5 ? (Shape{3, 2, channels}) : (Shape{2, 3, channels}));
      std::string seen;
      const auto values = turned.span<std::uint8_t>();
      for (std::size_t i = 0; i < values.size(); i += static_cast<std::size_t>(channels))
        seen += static_cast<char>(values[i]);
      EXPECT_EQ(seen, upright_pictures[orientation - 1]) << orientation;
    }
  }
}

TEST(Orientation, TurningBackGivesThePictureAcrossBlocks) {
  std::vector<std::uint8_t> bytes(70 * 45 * 3);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 2654435761u >> 24);
  const Array pixels = Array::of<std::uint8_t>(bytes, {70, 45, 3});
  constexpr int inverse[] = {1, 2, 3, 4, 5, 8, 7, 6};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const Array there = upright(pixels, orientation, host_memory());
    EXPECT_EQ(test::difference(upright(there, inverse[orientation - 1], host_memory()), pixels), 0) << orientation;
  }
}

TEST(Exif, ReadsOneShortOrLongAndNothingElse) {
  struct Case {
    std::string block;
    int orientation;
  };
  using test::exif_block;
  const std::string good = exif_block(3, 1, 6);
  const Case cases[] = {
      {good, 6},
      {good.substr(6), 6},
      {exif_block(4, 1, 8), 8},
      {exif_block(3, 1, 0), 1},
      {exif_block(3, 1, 9), 1},
      {exif_block(3, 1, 65535), 1},
      {exif_block(4, 1, 0x10006), 1},
      {exif_block(3, 0xffffffffu, 6), 1},
      {exif_block(3, 0, 6), 1},
      {exif_block(7, 1, 6), 1},
      {exif_block(3, 1, 6, 0), 1},
      {exif_block(3, 1, 6, 0xffffffffu), 1},
      {exif_block(3, 1, 6, 8, 65535), 6},
      {good.substr(0, 27), 1},
      {"", 1},
      {"Exif", 1},
      {std::string("Exif\0\0MM\0*\0\0\0\x08\0\1\x01\x12\0\3\0\0\0\1\0\6\0\0", 28), 6},
      {std::string("Exif\0\0MI*\0", 10) + good.substr(10), 1},
  };
  for (const Case& test : cases)
    EXPECT_EQ(exif_orientation(test::bytes_of(test.block)), test.orientation) << &test - cases;
}

}  // namespace
}  // namespace fovea::codec
