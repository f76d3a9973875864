// Pixels from libjpeg's coefficients beside libjpeg's pixels.
#include "codec/jpeg/reconstruction.h"

#include <gtest/gtest.h>

#include "fovea/memory.h"
#include "support/each_target.h"
#include "support/expect_error.h"
#include "support/jpeg_oracle.h"
#include "support/picture.h"

namespace fovea {
namespace {

using namespace test;
using codec::jpeg::Colour;
using codec::jpeg::Frame;
using codec::jpeg::Geometry;
using codec::jpeg::Kernels;
using codec::jpeg::McuRow;
using codec::jpeg::Range;
using codec::jpeg::Reconstruction;
using codec::jpeg::RowFormat;
using codec::jpeg::Window;

Window whole(const Geometry& g) {
  return {0, 0, g.width, g.height};
}

// The window's pixels.
std::vector<std::uint8_t> reconstruct(JpegCoefficients jpeg, const Geometry& geometry, const Window& window,
                                      RowFormat format, const Kernels& kernels = codec::jpeg::best_kernels()) {
  Reconstruction reconstruction(jpeg.frame, geometry, window, format, host_memory(), kernels);
  for (std::size_t c = 0; c < static_cast<std::size_t>(jpeg.frame.count); ++c)
    if (geometry.planes[c].size == 1) jpeg.keep_dc_only(c);
  const auto width = static_cast<std::size_t>(window.right - window.left),
             channels = std::size_t{format == RowFormat::grey ? 1u : 3u};
  std::vector<std::uint8_t> out;
  const Range rows = reconstruction.mcu_rows();
  int next = window.top;
  for (int row = rows.begin; row < rows.end; ++row) {
    const Range made = reconstruction.add(jpeg.row(row));
    EXPECT_EQ(made.begin, next);
    for (int y = made.begin; y < made.end; ++y) {
      std::vector<std::uint8_t> line(width * channels);
      reconstruction.write(y, line.data());
      out.insert(out.end(), line.begin(), line.end());
    }
    next = made.end;
  }
  EXPECT_EQ(next, window.bottom);
  return out;
}

std::vector<std::uint8_t> cut(const JpegPixels& picture, const Window& w) {
  std::vector<std::uint8_t> out;
  const auto at = [&](int y, int x) { return picture.samples.begin() + (y * picture.width + x) * picture.channels; };
  for (int y = w.top; y < w.bottom; ++y) out.insert(out.end(), at(y, w.left), at(y, w.right));
  return out;
}

void expect_equal(const std::string& file, const Kernels& kernels) {
  const JpegCoefficients jpeg = jpeg_coefficients(file);
  for (int eighths = 1; eighths <= 8; ++eighths) {
    SCOPED_TRACE(eighths);
    const auto geometry = codec::jpeg::geometry(jpeg.frame, eighths);
    ASSERT_TRUE(geometry);
    const JpegPixels wanted = jpeg_pixels(file, eighths);
    ASSERT_EQ(geometry->width, wanted.width);
    ASSERT_EQ(geometry->height, wanted.height);
    const Window all = whole(*geometry);
    EXPECT_EQ(reconstruct(jpeg, *geometry, all, RowFormat::rgb, kernels), wanted.samples);
  }
}

struct Sampling {
  const char* name;
  std::array<int, 3> h, v;
};
const Sampling samplings[] = {
    {"4:4:4", {1, 1, 1}, {1, 1, 1}},     {"4:2:2", {2, 1, 1}, {1, 1, 1}}, {"4:2:0", {2, 1, 1}, {2, 1, 1}},
    {"4:4:0", {1, 1, 1}, {2, 1, 1}},     {"4:1:1", {4, 1, 1}, {1, 1, 1}}, {"4:1:0", {4, 1, 1}, {2, 1, 1}},
    {"tall", {1, 1, 1}, {4, 1, 1}},      {"mixed", {2, 1, 2}, {2, 2, 1}}, {"first is less", {1, 2, 2}, {1, 1, 2}},
    {"all twice", {2, 2, 2}, {1, 1, 1}},
};

TEST(Reconstruction, EverySamplingAtEverySize) {
  for (const Sampling& sampling : samplings)
    for (int size = 1; size <= 40; ++size)
      for (const bool wide : {false, true}) {
        const int other = size * 7 % 41 + 1;
        const JpegRecipe recipe{wide ? other : size, wide ? size : other,        30 + size, sampling.h, sampling.v,
                                Colour::ycc,         static_cast<unsigned>(size)};
        SCOPED_TRACE(testing::Message() << sampling.name << " " << recipe.width << " x " << recipe.height);
        expect_equal(jpeg_of(recipe), codec::jpeg::best_kernels());
        if (HasFatalFailure()) return;
      }
}

TEST(Reconstruction, EveryKernelAtEveryQuality) {
  for (const Sampling& sampling : samplings)
    for (const int quality : {1, 25, 75, 95, 100}) {
      SCOPED_TRACE(testing::Message() << sampling.name << " " << quality);
      const std::string file = jpeg_of({230, 75, quality, sampling.h, sampling.v, Colour::ycc, 3});
      expect_equal(file, codec::jpeg::plain_kernels());
      each_target([&] { expect_equal(file, codec::jpeg::simd_kernels()); });
    }
}

TEST(Reconstruction, GreyAndStoredRgb) {
  for (const Colour colour : {Colour::grey, Colour::rgb})
    for (int width = 1; width < 150; width += 9) {
      SCOPED_TRACE(width);
      const std::string file = jpeg_of({width, 20, 80, {1, 1, 1}, {1, 1, 1}, colour, 4});
      expect_equal(file, codec::jpeg::plain_kernels());
      expect_equal(file, codec::jpeg::best_kernels());
      if (colour != Colour::grey) continue;
      const JpegCoefficients jpeg = jpeg_coefficients(file);
      const Geometry geometry = *codec::jpeg::geometry(jpeg.frame, 8);
      EXPECT_EQ(reconstruct(jpeg, geometry, whole(geometry), RowFormat::grey),
                jpeg_pixels(file, 8, JCS_GRAYSCALE).samples);
    }
}

TEST(Reconstruction, StoredJpegsOfAllKinds) {
  for (const char* name :
       {"grey.jpg", "rgb_420.jpg", "rgb_422.jpg", "rgb_444.jpg", "rgb_stored.jpg", "progressive.jpg"}) {
    SCOPED_TRACE(name);
    expect_equal(picture_file(name), codec::jpeg::simd_kernels());
  }
}

TEST(Reconstruction, WindowsAreCutFromTheWhole) {
  for (const Sampling& sampling : samplings) {
    const std::string file = jpeg_of({83, 61, 85, sampling.h, sampling.v, Colour::ycc, 5});
    const JpegCoefficients jpeg = jpeg_coefficients(file);
    for (int eighths = 1; eighths <= 8; ++eighths) {
      const Geometry geometry = *codec::jpeg::geometry(jpeg.frame, eighths);
      const JpegPixels wanted = jpeg_pixels(file, eighths);
      std::mt19937 random(static_cast<unsigned>(eighths));
      for (int i = 0; i < 60; ++i) {
        const auto range = [&](int length) {
          const int a = static_cast<int>(random() % static_cast<unsigned>(length));
          return Range{a, a + 1 + static_cast<int>(random() % static_cast<unsigned>(length - a))};
        };
        const Range x = range(wanted.width), y = range(wanted.height);
        const Window window{x.begin, y.begin, x.end, y.end};
        EXPECT_EQ(reconstruct(jpeg, geometry, window, RowFormat::rgb), cut(wanted, window))
            << sampling.name << " " << eighths << ": " << x.begin << " " << y.begin << " " << x.end << " " << y.end;
      }
    }
  }
}

// Blocks outside the window hold what would be seen at once.
TEST(Reconstruction, OnlyBlocksOfTheWindowAreRead) {
  const std::string file = jpeg_of({256, 256, 85, {2, 1, 1}, {2, 1, 1}, Colour::ycc, 6});
  const JpegCoefficients jpeg = jpeg_coefficients(file);
  const Geometry geometry = *codec::jpeg::geometry(jpeg.frame, 8);
  // Rows of MCUs 3 to 8 and, of chroma, one sample beside columns 64 to 128: blocks 3 to 8.
  const Window window{64, 64, 128, 128};
  Reconstruction reconstruction(jpeg.frame, geometry, window, RowFormat::rgb, host_memory());
  EXPECT_EQ(reconstruction.mcu_rows().begin, 3);
  EXPECT_EQ(reconstruction.mcu_rows().end, 9);
  JpegCoefficients spoilt = jpeg;
  for (std::size_t c = 0; c < 3; ++c) {
    const int across = jpeg.frame.components[c].blocks_across, first = c == 0 ? 8 : 3, last = c == 0 ? 16 : 9;
    for (std::size_t i = 0; i < spoilt.blocks[c].size(); ++i) {
      const int x = static_cast<int>(i / 64) % across;
      if (x < first || x >= last) spoilt.blocks[c][i] = 999;
    }
  }
  EXPECT_EQ(reconstruct(spoilt, geometry, window, RowFormat::rgb), cut(jpeg_pixels(file, 8), window));
}

TEST(Reconstruction, MemoryIsBoundedByTheWindowsWidth) {
  const JpegCoefficients jpeg = jpeg_coefficients(jpeg_of({2000, 16, 85, {2, 1, 1}, {2, 1, 1}, Colour::ycc, 7}));
  Frame frame = jpeg.frame;
  const Geometry low = *codec::jpeg::geometry(frame, 8);
  const std::int64_t bytes = Reconstruction::bytes(frame, low, whole(low));
  // Two rows of MCUs of 16 and twice 8 rows, and three rows more.
  EXPECT_LT(bytes, 2 * (16 * 2000 + 2 * 8 * 1000) + 6 * 2000 + 80 * 128);
  frame.height = 60000;
  frame.mcus_down = 3750;
  const Geometry high = *codec::jpeg::geometry(frame, 8);
  EXPECT_EQ(Reconstruction::bytes(frame, high, whole(high)), bytes);
  EXPECT_LT(Reconstruction::bytes(frame, high, {1000, 0, 1100, 60000}), bytes / 5);
}

TEST(Reconstruction, RefusesWindowsOutsideAndGreyOfColours) {
  const JpegCoefficients jpeg = jpeg_coefficients(jpeg_of({20, 10, 85, {2, 1, 1}, {2, 1, 1}, Colour::ycc, 8}));
  const Geometry geometry = *codec::jpeg::geometry(jpeg.frame, 8);
  const auto make = [&](const Window& window, RowFormat format) {
    Reconstruction(jpeg.frame, geometry, window, format, host_memory());
  };
  for (const Window& window : {Window{-1, 0, 5, 5}, Window{0, -1, 5, 5}, Window{5, 0, 5, 5}, Window{0, 5, 5, 5},
                               Window{6, 0, 5, 5}, Window{0, 0, 21, 5}, Window{0, 0, 5, 11}, Window{}})
    expect_error(Errc::invalid_argument, "inside the picture", [&] { make(window, RowFormat::rgb); });
  expect_error(Errc::invalid_argument, "grey frame", [&] { make(whole(geometry), RowFormat::grey); });
}

TEST(Geometry, FractionsAndEnlargementsAreLeftToOthers) {
  Frame frame = jpeg_coefficients(jpeg_of({20, 10, 85, {2, 1, 1}, {2, 1, 1}, Colour::ycc, 9})).frame;
  for (const int eighths : {-1, 0, 9, 16}) EXPECT_FALSE(codec::jpeg::geometry(frame, eighths)) << eighths;
  frame.most_h = 3;
  frame.components[0].h = 3;
  frame.components[1].h = 2;
  EXPECT_FALSE(codec::jpeg::geometry(frame, 8));
}

}  // namespace
}  // namespace fovea
