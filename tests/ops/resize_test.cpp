#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>

#include "fovea/filters.h"
#include "suites/op_cases.h"

namespace fovea {
namespace {

Array resized(const char* variant, const Array& image, std::int64_t height, std::int64_t width, const char* filter) {
  setenv("FOVEA_VARIANT", variant, 1);
  const Array result = resize(image, height, width, filter);
  unsetenv("FOVEA_VARIANT");
  return result;
}

// The tuned form against the portable body, whose u8 results are Pillow's.
void expect_same_bits(Shape shape, DType type, std::int64_t height, std::int64_t width, const char* filter) {
  const Array image = test::random_array(shape, type, static_cast<unsigned>(shape[0] * 31 + shape[1]));
  const Array wanted = resized("portable", image, height, width, filter);
  const Array got = resized("", image, height, width, filter);
  ASSERT_EQ(got.shape(), wanted.shape());
  const std::size_t bytes = static_cast<std::size_t>(got.size()) * size_of(type);
  EXPECT_EQ(0, std::memcmp(got.data(), wanted.data(), bytes))
      << name(type) << " " << to_string(shape) << " to " << height << " x " << width << " " << filter;
}

TEST(Resize, TunedFormHasThePortableBits) {
  for (DType type : {DType::u8, DType::u16, DType::f32, DType::f64})
    for (const char* filter : {"nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"})
      for (std::int64_t channels : {1, 3})
        for (auto [height, width] : {std::pair<std::int64_t, std::int64_t>{5, 7}, {33, 47}, {90, 130}})
          for (auto [to_height, to_width] : {std::pair<std::int64_t, std::int64_t>{1, 1}, {13, 60}, {101, 17}})
            expect_same_bits({height, width, channels}, type, to_height, to_width, filter);
}

TEST(Resize, AnyNumberOfChannels) {
  for (DType type : {DType::u8, DType::f32})
    for (std::int64_t channels : {2, 4, 5, 6, 7, 9}) expect_same_bits({20, 30, channels}, type, 11, 41, "bicubic");
}

TEST(Resize, RowsOfManyBlocksAndBands) {
  for (DType type : {DType::u8, DType::u16, DType::f32, DType::f64}) {
    expect_same_bits({40, 6000, 3}, type, 21, 1111, "lanczos");
    expect_same_bits({900, 70, 3}, type, 300, 40, "bilinear");
    expect_same_bits({30, 400, 3}, type, 800, 5000, "bicubic");
  }
}

}  // namespace
}  // namespace fovea
