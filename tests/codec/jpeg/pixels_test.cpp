// Whole files through our decoder, both halves, beside libjpeg-turbo.
#include <gtest/gtest.h>

#include <filesystem>

#include "codec/jpeg/coefficient_reader.h"
#include "codec/jpeg/reconstruction.h"
#include "fovea/memory.h"
#include "support/jpeg_maker.h"
#include "support/jpeg_oracle.h"
#include "support/picture.h"

namespace fovea {
namespace {

using namespace test;
using codec::jpeg::CoefficientReader;
using codec::jpeg::Geometry;
using codec::jpeg::McuRow;
using codec::jpeg::Range;
using codec::jpeg::Reconstruction;
using codec::jpeg::RowFormat;
using codec::jpeg::Window;

// RGB pixels of the window, or nothing where the file is not ours.
std::vector<std::uint8_t> pixels(CoefficientReader& reader, const std::string& file, int eighths, Window window = {}) {
  if (!reader.open(bytes_of(file))) return {};
  const auto geometry = codec::jpeg::geometry(reader.frame(), eighths);
  if (!geometry) return {};
  if (window.right == 0) window = {0, 0, geometry->width, geometry->height};
  std::array<bool, 3> dc_only{};
  for (std::size_t c = 0; c < 3; ++c) dc_only[c] = geometry->planes[c].size == 1;
  if (!reader.start(dc_only, host_memory())) return {};
  Reconstruction reconstruction(reader.frame(), *geometry, window, RowFormat::rgb, host_memory());
  std::vector<std::uint8_t> out;
  const auto row_bytes = static_cast<std::size_t>(3 * (window.right - window.left));
  const Range needed = reconstruction.mcu_rows();
  McuRow row;
  for (int i = 0; i < needed.end; ++i) {
    if (!reader.next(row)) return {};
    if (i < needed.begin) continue;
    const Range made = reconstruction.add(row);
    for (int y = made.begin; y < made.end; ++y) {
      out.resize(out.size() + row_bytes);
      reconstruction.write(y, &out[out.size() - row_bytes]);
    }
  }
  return reader.finish() ? out : std::vector<std::uint8_t>{};
}

void expect_equal(CoefficientReader& reader, const std::string& file) {
  for (int eighths = 1; eighths <= 8; ++eighths)
    EXPECT_EQ(pixels(reader, file, eighths), jpeg_pixels(file, eighths).samples) << eighths;
}

TEST(JpegPixels, EverySamplingAndKindOfBaselineFileAtAllScales) {
  CoefficientReader reader;
  for (const int channels : {1, 3})
    for (const int h : {1, 2})
      for (const int v : {1, 2})
        for (const int restart : {0, 1, 5})
          for (int size = 1; size < 70; size += 6) {
            if (channels == 1 && h * v > 1) continue;
            JpegShape shape{size, 70 - size, channels, h, v, 20 + size, restart};
            shape.optimised = size % 2 == 0;
            shape.rgb = channels == 3 && h * v == 1 && size % 3 == 0;
            SCOPED_TRACE(testing::Message() << channels << " " << h << "x" << v << " " << restart << " " << size);
            expect_equal(reader, make_jpeg(shape));
          }
}

TEST(JpegPixels, StoredFilesOfTheTests) {
  CoefficientReader reader;
  int ours = 0;
  for (const auto& entry : std::filesystem::directory_iterator(test_data("codec"))) {
    if (entry.path().extension() != ".jpg") continue;
    const std::string file = read_text(entry.path().string());
    if (pixels(reader, file, 8).empty()) continue;
    SCOPED_TRACE(entry.path().filename());
    expect_equal(reader, file);
    ++ours;
  }
  EXPECT_GE(ours, 5);
}

TEST(JpegPixels, WindowsAreCutFromTheWhole) {
  CoefficientReader reader;
  const std::string file = make_jpeg(JpegShape{97, 83, 3, 2, 2, 70, 3});
  for (int eighths = 1; eighths <= 8; ++eighths) {
    const JpegPixels whole = jpeg_pixels(file, eighths);
    const Window window{whole.width / 3, whole.height / 4, whole.width * 2 / 3 + 1, whole.height * 3 / 4 + 1};
    std::vector<std::uint8_t> wanted;
    const auto at = [&](int y, int x) { return whole.samples.begin() + 3 * (y * whole.width + x); };
    for (int y = window.top; y < window.bottom; ++y)
      wanted.insert(wanted.end(), at(y, window.left), at(y, window.right));
    EXPECT_EQ(pixels(reader, file, eighths, window), wanted) << eighths;
  }
}

TEST(JpegPixels, CutFilesHaveNone) {
  CoefficientReader reader;
  const std::string file = make_jpeg(JpegShape{});
  for (std::size_t size = 0; size < file.size(); size += 7)
    EXPECT_TRUE(pixels(reader, file.substr(0, size), 8).empty());
}

}  // namespace
}  // namespace fovea
