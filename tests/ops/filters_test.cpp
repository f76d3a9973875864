#include "fovea/filters.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "base/machine.h"
#include "fovea/npy.h"
#include "fovea/ops.h"
#include "fovea/random.h"
#include "suites/op_cases.h"
#include "support/expect_error.h"
#include "support/test_data.h"

namespace fovea {
namespace {

constexpr Border borders[] = {Border::reflect, Border::nearest, Border::wrap, Border::mirror, Border::constant};
const char* const names[] = {"reflect", "nearest", "wrap", "mirror", "constant"};

Array golden(const std::string& name) {
  return load_npy(test::test_data("filters/" + name + ".npy")).value();
}
std::string sized(Window w) {
  return std::to_string(w[0]) + "x" + std::to_string(w[1]);
}

template <class T>
void expect_equal(const Array& got, const Array& wanted, const std::string& what) {
  ASSERT_EQ(got.shape(), wanted.shape()) << what;
  ASSERT_EQ(got.dtype(), wanted.dtype()) << what;
  std::size_t differ = 0;
  for (std::size_t k = 0; k < got.span<T>().size(); ++k) differ += got.span<T>()[k] != wanted.span<T>()[k];
  EXPECT_EQ(differ, 0u) << what;
}
template <class T>
void expect_close(const Array& got, const Array& wanted, double bound, const std::string& what) {
  ASSERT_EQ(got.shape(), wanted.shape()) << what;
  ASSERT_EQ(got.dtype(), wanted.dtype()) << what;
  double worst = 0;
  for (std::size_t k = 0; k < got.span<T>().size(); ++k) {
    const double error = std::abs(static_cast<double>(got.span<T>()[k]) - static_cast<double>(wanted.span<T>()[k]));
    worst = error <= worst ? worst : error;
  }
  EXPECT_LE(worst, bound) << what;
}

// Every check runs with the tuned variants and with the portable bodies.
class Filters : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (*GetParam() != 0) setenv("FOVEA_VARIANT", GetParam(), 1);
  }
  void TearDown() override { unsetenv("FOVEA_VARIANT"); }
};
INSTANTIATE_TEST_SUITE_P(Variants, Filters, testing::Values("", "portable"),
                         [](const auto& variant) { return *variant.param == 0 ? "tuned" : "portable"; });

TEST_P(Filters, BoxEqualsSciPysUniformFilter) {
  for (int b = 0; b < 5; ++b)
    for (const Window w : {Window{3, 3}, Window{2, 5}, Window{4, 1}, Window{9, 12}, Window{25, 31}}) {
      const Array wanted = golden(std::string("box_") + names[b] + "_" + sized(w));
      expect_close<double>(box_filter(golden("real"), w, borders[b], 0.5), wanted, 2e-14, names[b] + sized(w));
      const Array got = box_filter(golden("real32"), w, borders[b], 0.5);
      double worst = 0;
      for (std::size_t k = 0; k < wanted.span<double>().size(); ++k)
        worst = std::max(worst, std::abs(static_cast<double>(got.span<float>()[k]) - wanted.span<double>()[k]));
      EXPECT_LE(worst, static_cast<double>(w[0] + w[1] + 2) * 1.2e-7) << names[b] << sized(w);
    }
}

TEST_P(Filters, BoxOfBytesEqualsOpenCVsBlur) {
  for (int b : {0, 1, 3})
    for (const Window w : {Window{3, 3}, Window{2, 2}, Window{4, 4}, Window{2, 1}, Window{5, 6}, Window{7, 9}})
      expect_equal<std::uint8_t>(box_filter(golden("colour"), w, borders[b]),
                                 golden(std::string("blur_") + names[b] + "_" + sized(w)), names[b] + sized(w));
  for (const Window w : {Window{16, 16}, Window{17, 16}, Window{20, 20}, Window{31, 33}, Window{1, 64}})
    expect_equal<std::uint8_t>(box_filter(golden("wide"), w, Border::mirror), golden("blur_wide_" + sized(w)),
                               sized(w));
}

// Means of 16 bits and more against sums in 64 bits and their exact rounding.
TEST_P(Filters, BoxRoundsIntegersToNearestWithHalvesToEven) {
  for (const Window w : {Window{2, 2}, Window{4, 8}, Window{3, 5}, Window{12, 2}, Window{10, 10}}) {
    const Array x = test::random_array({15, 12}, DType::i16, 3), y = test::random_array({15, 12}, DType::u16, 4);
    const Array z = test::random_array({15, 12}, DType::i32, 5);
    const auto wanted = [&](auto values, std::int64_t row, std::int64_t column) {
      long double sum = 0;
      for (std::int64_t i = 0; i < w[0]; ++i)
        for (std::int64_t j = 0; j < w[1]; ++j) {
          const std::int64_t r = std::clamp<std::int64_t>(row - w[0] / 2 + i, 0, 14),
                             c = std::clamp<std::int64_t>(column - w[1] / 2 + j, 0, 11);
          sum += static_cast<long double>(values[static_cast<std::size_t>(r * 12 + c)]);
        }
      return std::rint(sum / static_cast<long double>(w[0] * w[1]));
    };
    const Array fx = box_filter(x, w, Border::nearest), fy = box_filter(y, w, Border::nearest),
                fz = box_filter(z, w, Border::nearest);
    for (std::size_t k = 0; k < 15 * 12; ++k) {
      const auto r = static_cast<std::int64_t>(k / 12), c = static_cast<std::int64_t>(k % 12);
      ASSERT_EQ(fx.span<std::int16_t>()[k], wanted(x.span<std::int16_t>(), r, c)) << sized(w) << " at " << k;
      ASSERT_EQ(fy.span<std::uint16_t>()[k], wanted(y.span<std::uint16_t>(), r, c)) << sized(w) << " at " << k;
      ASSERT_EQ(fz.span<std::int32_t>()[k], wanted(z.span<std::int32_t>(), r, c)) << sized(w) << " at " << k;
    }
  }
}

TEST_P(Filters, LargeValuesAndNaNLeaveNothingBehind) {
  for (const Window w : {Window{3, 3}, Window{21, 15}}) {
    for (const float strange : {1e30f, std::numeric_limits<float>::infinity(), std::nanf("")}) {
      Array x = Array::zeros({60, 70}, DType::f32);
      for (float& v : x.span<float>()) v = 1;
      x.span<float>()[30 * 70 + 35] = strange;
      const Array y = box_filter(x, w);
      for (std::int64_t r = 0; r < 60; ++r)
        for (std::int64_t c = 0; c < 70; ++c) {
          const bool inside = std::abs(r - 30) <= w[0] / 2 && std::abs(c - 35) <= w[1] / 2;
          const float got = y.span<float>()[static_cast<std::size_t>(r * 70 + c)];
          if (inside)
            ASSERT_FALSE(std::abs(got - 1) < 1) << r << " " << c;
          else
            ASSERT_NEAR(got, 1, 1e-6) << r << " " << c;
        }
    }
  }
}

TEST_P(Filters, GaussianEqualsSciPys) {
  for (int b = 0; b < 5; ++b)
    expect_close<double>(gaussian_filter(golden("real"), {1.3, 2.1}, borders[b], 4, 0.5),
                         golden(std::string("gauss_") + names[b]), 2e-15, names[b]);
  expect_close<float>(gaussian_filter(golden("real32"), 3.0, Border::reflect, 3.0), golden("gauss32"), 5e-7, "f32");
  expect_close<std::uint8_t>(gaussian_filter(golden("grey"), 1.5), golden("gauss_grey"), 0, "u8");
  expect_equal<double>(gaussian_filter(golden("real"), 0.0), golden("real"), "sigma 0");
}

TEST_P(Filters, SobelEqualsSciPys) {
  for (int b = 0; b < 5; ++b)
    for (int axis : {0, 1}) {
      const std::string which = std::string(names[b]) + "_" + std::to_string(axis);
      expect_close<double>(sobel(golden("real"), axis, borders[b], 0.5), golden("sobel_" + which), 4e-15, which);
      expect_equal<std::int16_t>(sobel(golden("grey"), axis - 2, borders[b], 7), golden("sobel_grey_" + which), which);
    }
  const Array down = sobel(golden("real"), 0), across = sobel(golden("real"), 1), all = sobel_magnitude(golden("real"));
  for (std::size_t k = 0; k < all.span<double>().size(); ++k)
    EXPECT_NEAR(all.span<double>()[k], std::hypot(down.span<double>()[k], across.span<double>()[k]), 1e-14);
  EXPECT_EQ(sobel_magnitude(golden("grey")).dtype(), DType::f32);
}

TEST_P(Filters, MedianEqualsSciPys) {
  for (int b = 0; b < 5; ++b)
    for (const Window w : {Window{3, 3}, Window{2, 5}, Window{4, 1}})
      expect_equal<std::uint8_t>(median_filter(golden("grey"), w, borders[b], 7),
                                 golden(std::string("median_") + names[b] + "_" + sized(w)), names[b] + sized(w));
  expect_equal<double>(median_filter(golden("real"), {5, 5}), golden("median_real_5x5"), "f64 5x5");
  expect_equal<double>(median_filter(golden("real"), {6, 7}), golden("median_real_6x7"), "f64 6x7");
  expect_equal<std::uint8_t>(median_filter(golden("grey"), {11, 12}), golden("median_grey_11x12"), "u8 11x12");
  expect_equal<std::uint8_t>(median_filter(golden("colour"), {15, 9}), golden("median_colour_15x9"), "u8 15x9");
}

TEST_P(Filters, MedianSortsNaNLast) {
  const float nan = std::nanf("");
  for (const float missing : {nan, -nan})
    for (const Window w : {Window{3, 3}, Window{1, 9}}) {
      Array x = Array::zeros({w[0] == 3 ? 3 : 1, w[0] == 3 ? 3 : 9}, DType::f32);
      for (std::size_t k = 0; k < 9; ++k) x.span<float>()[k] = k % 2 == 0 ? static_cast<float>(k) - 4 : missing;
      // -4 -2 0 2 4 and four NaN: the element of rank 4 of the whole window is 4.
      EXPECT_EQ(median_filter(x, w, Border::constant, 0).span<float>()[4], 4);
    }
}

TEST_P(Filters, RefuseWhatMakesNoSense) {
  const Array image = Array::zeros({5, 6}, DType::f32);
  const auto refused = [](auto&& run) { test::expect_error(Errc::invalid_argument, "expected", run); };
  for (const Window w : {Window{0, 3}, Window{3, 0}, Window{-1, 3}, Window{3, 32768}}) {
    refused([&] { box_filter(image, w); });
    refused([&] { median_filter(image, w); });
  }
  for (const double sigma : {-1.0, std::nan(""), std::numeric_limits<double>::infinity(), 1e9, 20000.0})
    refused([&] { gaussian_filter(image, sigma); });
  refused([&] { gaussian_filter(image, 1.0, Border::reflect, -1); });
  refused([&] { gaussian_filter(image, 1.0, Border::reflect, std::nan("")); });
  refused([&] { sobel(image, 2); });
  refused([&] { sobel(image, -3); });
  for (const Shape& shape : {Shape{}, Shape{5}, Shape{2, 2, 2, 2}}) {
    const Array other = Array::zeros(shape, DType::f32);
    refused([&] { box_filter(other, {3, 3}); });
    refused([&] { gaussian_filter(other, 1.0); });
    refused([&] { sobel(other, 0); });
    refused([&] { median_filter(other, {3, 3}); });
  }
  refused([&] { ops::apply("box_filter", {{"size", std::vector<double>{1, 2, 3}}}, {&image, 1}); });
  refused([&] { ops::apply("box_filter", {{"size", std::vector<double>{2.5}}}, {&image, 1}); });
  refused([&] { ops::apply("box_filter", {{"border", std::string("edge")}}, {&image, 1}); });
  const auto unsupported = [](auto&& run) { test::expect_error(Errc::unsupported, "no cpu kernel for", run); };
  const Array complex = Array::zeros({5, 6}, DType::c64);
  unsupported([&] { box_filter(complex, {3, 3}); });
  unsupported([&] { gaussian_filter(complex, 1.0); });
  unsupported([&] { sobel(complex, 0); });
  unsupported([&] { median_filter(complex, {3, 3}); });
}

TEST_P(Filters, EmptyImagesGiveEmptyResults) {
  for (const Shape& shape : {Shape{0, 5}, Shape{5, 0}, Shape{4, 4, 0}}) {
    const Array image = Array::zeros(shape, DType::u8);
    EXPECT_EQ(box_filter(image, {3, 3}).shape(), shape);
    EXPECT_EQ(gaussian_filter(image, 1.0).shape(), shape);
    EXPECT_EQ(sobel(image, 0).shape(), shape);
    EXPECT_EQ(median_filter(image, {3, 3}).shape(), shape);
  }
}

TEST_P(Filters, AHugeWindowOverATinyImage) {
  const Array image = Array::zeros({1, 2}, DType::u8);
  image.span<std::uint8_t>()[0] = 100, image.span<std::uint8_t>()[1] = 200;
  for (const Border border : {Border::reflect, Border::wrap}) {
    const Array mean = box_filter(image, {2001, 501}, border);
    EXPECT_NEAR(mean.span<std::uint8_t>()[0], 150, 1);
    EXPECT_NEAR(mean.span<std::uint8_t>()[1], 150, 1);
  }
  EXPECT_EQ(box_filter(image, {2001, 501}, Border::constant, 300).span<std::uint8_t>()[0], 255);  // saturates
  EXPECT_EQ(gaussian_filter(image, 100.0, Border::constant, 4, -5).span<std::uint8_t>()[0],
            gaussian_filter(image, 100.0, Border::constant, 4, 0).span<std::uint8_t>()[0]);
}

// Results too large for the cache are stored past it: rows far from the border equal those of a small part.
TEST(BoxFilter, PastTheCacheIsTheSame) {
  const std::int64_t columns = 4099, rows = largest_cache_bytes() / 4 / columns + 64;
  const Array image = random_integers({rows, columns}, 0, 256, DType::u8);
  for (const Window window : {Window{3, 3}, Window{9, 5}, Window{2, 21}}) {
    const Array whole = box_filter(image, window);
    const Array part = box_filter(image.slice(0, {rows - 60, rows}), window);
    for (std::int64_t r = 20; r < 60; ++r)
      ASSERT_EQ(0, std::memcmp(whole.data() + (rows - 60 + r) * columns, part.data() + r * columns,
                               static_cast<std::size_t>(columns)))
          << window[0] << " x " << window[1] << " row " << r;
  }
}

// Halving by the box filter is the mean of each 2x2 block, with 16-bit halves up.
TEST(ResizeTypes, WiderOnesAverageBlocks) {
  const std::uint16_t whole[] = {1, 2, 65535, 65535, 3, 4, 65535, 65534};
  const Array half = resize(Array::of<std::uint16_t>(whole, {2, 4, 1}), 1, 2, "box");
  ASSERT_EQ(half.shape(), (Shape{1, 2, 1}));
  // Columns first, rounded to the type: (1.5, 3.5) become 2 and 4, their mean 3.
  EXPECT_EQ(half.span<std::uint16_t>()[0], 3);
  EXPECT_EQ(half.span<std::uint16_t>()[1], 65535);
  const double real[] = {0.125, 0.375, -1, 1, 0.25, 0.25, 1e300, -1e300};
  const Array mean = resize(Array::of<double>(real, {2, 4, 1}), 1, 2, "box");
  EXPECT_EQ(mean.span<double>()[0], 0.25);
  EXPECT_EQ(mean.span<double>()[1], 0);
  test::expect_error(Errc::unsupported, "no cpu kernel for", [] { resize(Array::zeros({2, 2, 1}, DType::i32), 1, 1); });
  test::expect_error(Errc::invalid_argument, "height", [] { resize(Array::zeros({2, 2, 1}, DType::u8), 0, 1); });
  test::expect_error(Errc::invalid_argument, "expected an image", [] {
    resize(Array::zeros({0, 2, 1}, DType::u8), 1, 1);
  });
}

}  // namespace
}  // namespace fovea
