#include "fovea/colour.h"

#include <gtest/gtest.h>

#include <cmath>

#include "fovea/npy.h"
#include "support/expect_error.h"
#include "support/test_data.h"

namespace fovea {
namespace {

Array golden(const std::string& name) {
  return load_npy(test::test_data("filters/" + name + ".npy")).value();
}

TEST(ConvertColour, BytesEqualPillows) {
  for (const char* conversion : {"rgb_to_grey", "rgb_to_ycbcr", "ycbcr_to_rgb", "rgb_to_hsv", "hsv_to_rgb"}) {
    const Array got = convert_colour(golden("rgb"), conversion), wanted = golden(conversion);
    ASSERT_EQ(got.shape(), wanted.shape()) << conversion;
    std::size_t differ = 0;
    for (std::size_t k = 0; k < got.span<std::uint8_t>().size(); ++k)
      differ += got.span<std::uint8_t>()[k] != wanted.span<std::uint8_t>()[k];
    EXPECT_EQ(differ, 0u) << conversion;
  }
}

TEST(ConvertColour, ExchangesAndRepeatsChannels) {
  const std::uint8_t colour[] = {1, 2, 3, 4, 5, 6};
  const Array swapped = convert_colour(Array::of<std::uint8_t>(colour, {1, 2, 3}), "rgb_to_bgr");
  EXPECT_EQ(std::vector<std::uint8_t>(swapped.span<std::uint8_t>().begin(), swapped.span<std::uint8_t>().end()),
            (std::vector<std::uint8_t>{3, 2, 1, 6, 5, 4}));
  const Array grey = convert_colour(Array::of<std::uint8_t>(colour, {2, 3, 1}), "grey_to_rgb");
  ASSERT_EQ(grey.shape(), (Shape{2, 3, 3}));
  for (std::size_t k = 0; k < 18; ++k) EXPECT_EQ(grey.span<std::uint8_t>()[k], colour[k / 3]);
}

// Published values of the formulas, and the ways back.
TEST(ConvertColour, FloatsFollowTheFormulas) {
  const float values[] = {1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1, 0.5f, 0.25f, 0.125f, 0, 0, 0};
  const Array rgb = Array::of<float>(values, {1, 6, 3});
  const auto expect = [](const Array& got, std::vector<float> wanted) {
    ASSERT_EQ(got.span<float>().size(), wanted.size());
    for (std::size_t k = 0; k < wanted.size(); ++k) EXPECT_NEAR(got.span<float>()[k], wanted[k], 1e-6) << k;
  };
  const std::vector<float> same(std::begin(values), std::end(values));
  expect(convert_colour(rgb, "rgb_to_grey"), {0.299f, 0.587f, 0.114f, 1, 0.3105f, 0});
  const Array hsv = convert_colour(rgb, "rgb_to_hsv"), ycbcr = convert_colour(rgb, "rgb_to_ycbcr");
  expect(hsv, {0, 1, 1, 1 / 3.0f, 1, 1, 2 / 3.0f, 1, 1, 0, 0, 1, 0.05555556f, 0.75f, 0.5f, 0, 0, 0});
  expect(convert_colour(hsv, "hsv_to_rgb"), same);
  const float first[] = {0.299f, 0.331264f, 1};
  for (std::size_t k = 0; k < 3; ++k) EXPECT_NEAR(ycbcr.span<float>()[k], first[k], 1e-6);
  expect(convert_colour(ycbcr, "ycbcr_to_rgb"), same);
  const Array linear = convert_colour(rgb, "rgb_to_linear");
  EXPECT_NEAR(linear.span<float>()[12], 0.21404114f, 1e-7);  // of 0.5
  expect(convert_colour(linear, "linear_to_rgb"), same);
  const std::uint8_t bytes[] = {0, 10, 255};
  expect(convert_colour(Array::of<std::uint8_t>(bytes, {1, 1, 3}), "rgb_to_linear"), {0, 0.00303527f, 1});
}

TEST(ConvertColour, StrangeFloatsDoNoHarm) {
  const float values[] = {NAN, 0, 1, INFINITY, 1, 0, -1, -2, 1e30f};
  const Array strange = Array::of<float>(values, {3, 3});
  for (const char* conversion : {"rgb_to_hsv", "hsv_to_rgb", "rgb_to_ycbcr", "ycbcr_to_rgb", "linear_to_rgb"})
    EXPECT_EQ(convert_colour(strange, conversion).shape(), strange.shape()) << conversion;
}

TEST(ConvertColour, RefusesWhatMakesNoSense) {
  const Array rgb = Array::zeros({2, 2, 3}, DType::u8), rgba = Array::zeros({2, 2, 4}, DType::u8);
  const auto refused = [](const Array& image, const char* conversion) {
    test::expect_error(Errc::invalid_argument, "expected", [&] { convert_colour(image, conversion); });
  };
  refused(rgba, "rgb_to_grey");
  refused(rgb, "grey_to_rgb");
  refused(rgb, "rgb_to_gray");
  refused(rgb, "");
  refused(Array::zeros({}, DType::u8), "rgb_to_bgr");
  const auto unsupported = [](const Array& image, const char* conversion) {
    test::expect_error(Errc::unsupported, "no cpu kernel for", [&] { convert_colour(image, conversion); });
  };
  unsupported(rgb, "linear_to_rgb");
  unsupported(Array::zeros({2, 2, 3}, DType::f64), "rgb_to_grey");
  EXPECT_EQ(convert_colour(Array::zeros({0, 2, 3}, DType::u8), "rgb_to_grey").shape(), (Shape{0, 2, 1}));
}

}  // namespace
}  // namespace fovea
