// One grey component: its samples are the pixels.
#include "codec/jpeg/inverse_dct.h"

#include <gtest/gtest.h>

#include "support/each_target.h"
#include "support/jpeg_oracle.h"

namespace fovea {
namespace {

using namespace test;
using codec::jpeg::Colour;
using codec::jpeg::InverseDct;
using codec::jpeg::row_slack;

JpegRecipe grey(int width, int height, int quality = 75, unsigned seed = 1) {
  return {width, height, quality, {1, 1, 1}, {1, 1, 1}, Colour::grey, seed};
}

// The samples of a grey JPEG, at `size` eighths, cut to the size of its pixels.
std::vector<std::uint8_t> samples(JpegCoefficients jpeg, InverseDct transform, int size) {
  if (size == 1) jpeg.keep_dc_only(0);
  const codec::jpeg::Component& component = jpeg.frame.components[0];
  const int stride = component.blocks_across * size + row_slack;
  const int width = (jpeg.frame.width * size + 7) / 8, height = (jpeg.frame.height * size + 7) / 8;
  std::vector<std::uint8_t> plane(static_cast<std::size_t>(stride * component.blocks_down * size)), out;
  for (int y = 0; y < component.blocks_down; ++y)
    transform(jpeg.row(y).blocks[0], component.blocks_across, component.quantization.data(),
              plane.data() + y * size * stride, stride);
  for (int y = 0; y < height; ++y) out.insert(out.end(), &plane[y * stride], &plane[y * stride + width]);
  return out;
}

void expect_equal(const std::string& file) {
  const JpegCoefficients jpeg = jpeg_coefficients(file);
  for (int size = 1; size <= 8; ++size) {
    const std::vector<std::uint8_t> wanted = jpeg_pixels(file, size, JCS_GRAYSCALE).samples;
    EXPECT_EQ(samples(jpeg, codec::jpeg::plain_inverse_dct(size), size), wanted) << size;
    each_target([&] { EXPECT_EQ(samples(jpeg, codec::jpeg::simd_inverse_dct(size), size), wanted) << size; });
  }
}

TEST(InverseDct, SamplesAreThoseOfLibjpegAtEveryQuality) {
  for (const int quality : {1, 5, 20, 50, 75, 90, 100}) {
    SCOPED_TRACE(quality);
    expect_equal(jpeg_of(grey(123, 61, quality, static_cast<unsigned>(quality))));
  }
}

TEST(InverseDct, AnyNumberOfBlocksSideBySide) {
  for (int width = 1; width <= 300; width += 7) {
    SCOPED_TRACE(width);
    expect_equal(jpeg_of(grey(width, 9, 80, static_cast<unsigned>(width))));
  }
}

TEST(InverseDct, CoefficientsBeyondAnyPictureWrapAsInLibjpeg) {
  for (const unsigned quantization : {1u, 16u, 97u, 255u, 1000u, 4099u, 32768u, 65535u})
    for (const unsigned spread : {1u, 3u, 40u})
      for (const int largest : {3, 100, 1023}) {
        SCOPED_TRACE(testing::Message() << quantization << " " << spread << " " << largest);
        expect_equal(JpegWriter(grey(120, 80, 75, quantization + spread)).wild(quantization, largest, spread));
      }
}

TEST(InverseDct, OtherSizesHaveNoTransform) {
  for (const int size : {-8, 0, 9, 11, 13, 15, 16}) {
    EXPECT_EQ(codec::jpeg::plain_inverse_dct(size), nullptr) << size;
    EXPECT_EQ(codec::jpeg::simd_inverse_dct(size), nullptr) << size;
  }
}

}  // namespace
}  // namespace fovea
