// Every PNG kind at odd widths against the samples it was made of.
#include <gtest/gtest.h>

#include "support/picture.h"
#include "support/png_maker.h"

namespace fovea {
namespace {

using test::PngKind;

std::vector<std::uint16_t> pattern(const PngKind& kind) {
  std::vector<std::uint16_t> samples(std::size_t{kind.width} * kind.height * test::png_samples(kind.color_type));
  std::uint32_t state = kind.width * 977u + static_cast<std::uint32_t>(kind.bits);
  for (std::uint16_t& sample : samples) {
    state = state * 1664525u + 1013904223u;
    sample = static_cast<std::uint16_t>(state >> 16 & ((1u << kind.bits) - 1u));
  }
  return samples;
}

std::string palette_chunk(std::size_t entries) {
  std::string body;
  for (std::size_t i = 0; i < entries; ++i)
    body += {static_cast<char>(i), static_cast<char>(255 - i), static_cast<char>(i * 7)};
  return test::png_chunk("PLTE", body);
}

std::uint8_t to_eight(std::uint16_t sample, int bits) {
  return static_cast<std::uint8_t>(sample * 255.0 / ((1 << bits) - 1) + 0.5);
}

std::vector<std::uint8_t> expected_rgba(const PngKind& kind, const std::vector<std::uint16_t>& samples) {
  std::vector<std::uint8_t> out;
  const std::size_t count = test::png_samples(kind.color_type);
  for (std::size_t i = 0; i < samples.size(); i += count) {
    const auto sample = [&](std::size_t c) { return to_eight(samples[i + c], kind.bits); };
    if (kind.color_type == 3) {
      const std::uint16_t v = samples[i];
      out.insert(out.end(), {static_cast<std::uint8_t>(v), static_cast<std::uint8_t>(255 - v),
                             static_cast<std::uint8_t>(v * 7), 255});
    } else {
      const bool grey = count < 3;
      const std::uint8_t alpha = count % 2 ? std::uint8_t{255} : sample(count - 1);
      out.insert(out.end(), {sample(0), sample(grey ? 0 : 1), sample(grey ? 0 : 2), alpha});
    }
  }
  return out;
}

struct Kind {
  int color_type, bits;
};
class PngKinds : public ::testing::TestWithParam<Kind> {};

TEST_P(PngKinds, EveryWidthTo33IsExact) {
  for (std::uint32_t width = 1; width <= 33; ++width) {
    for (const bool interlaced : {false, true}) {
      const PngKind kind{width, 1 + width % 9, GetParam().bits, GetParam().color_type, interlaced};
      const auto samples = pattern(kind);
      const std::string middle = kind.color_type == 3 ? palette_chunk(std::size_t{1} << kind.bits) : "";
      DecodeOptions options;
      options.channels = 4;
      const std::string file = test::make_png(kind, samples, middle);
      const Result<DecodedImage> image = decode(test::bytes_of(file), options);
      ASSERT_TRUE(image) << image.error().what() << " width " << width << (interlaced ? " interlaced" : "");
      EXPECT_EQ(image.value().info.bits, kind.bits);
      ASSERT_EQ(test::samples_of(image.value().pixels), expected_rgba(kind, samples))
          << "width " << width << (interlaced ? " interlaced" : "");
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, PngKinds,
                         ::testing::Values(Kind{0, 1}, Kind{0, 2}, Kind{0, 4}, Kind{0, 8}, Kind{0, 16}, Kind{2, 8},
                                           Kind{2, 16}, Kind{3, 1}, Kind{3, 2}, Kind{3, 4}, Kind{3, 8}, Kind{4, 8},
                                           Kind{4, 16}, Kind{6, 8}, Kind{6, 16}));

TEST(PngPalette, IndexOutsideIsBlackForEveryPaletteSize) {
  const PngKind kind{256, 1, 8, 3, false};
  std::vector<std::uint16_t> samples(256);
  for (std::size_t i = 0; i < 256; ++i) samples[i] = static_cast<std::uint16_t>(i);
  for (const std::size_t entries : {1u, 2u, 255u, 256u}) {
    const std::string file = test::make_png(kind, samples, palette_chunk(entries));
    const Result<DecodedImage> image = decode(test::bytes_of(file));
    ASSERT_TRUE(image) << image.error().what();
    const auto pixels = test::samples_of(image.value().pixels);
    for (std::size_t i = 0; i < 256; ++i)
      EXPECT_EQ(pixels[i * 3 + 1], i < entries ? 255 - i : 0) << i << " of " << entries;
  }
}

TEST(PngPalette, TransparencyLongerThanThePaletteIsDropped) {
  const PngKind kind{2, 1, 8, 3, false};
  const std::string middle = palette_chunk(2) + test::png_chunk("tRNS", std::string(3, '\x40'));
  DecodeOptions options;
  options.channels = 4;
  const std::string file = test::make_png(kind, {0, 1}, middle);
  const Result<DecodedImage> image = decode(test::bytes_of(file), options);
  ASSERT_TRUE(image) << image.error().what();
  EXPECT_EQ(test::samples_of(image.value().pixels), (std::vector<std::uint8_t>{0, 255, 0, 255, 1, 254, 7, 255}));
}

TEST(PngPalette, MissingIsCorrupt) {
  EXPECT_TRUE(test::refused(test::make_png({2, 1, 8, 3, false}, {0, 1}), Errc::corrupt));
}

}  // namespace
}  // namespace fovea
