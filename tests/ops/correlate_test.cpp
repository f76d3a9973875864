#include "fovea/correlate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "fovea/npy.h"
#include "fovea/ops.h"
#include "support/expect_error.h"
#include "support/test_data.h"

namespace fovea {
namespace {

using test::expect_error;

Array golden(const std::string& name) {
  return load_npy(test::test_data("correlate/" + name + ".npy")).value();
}

// Real and imaginary parts, or integers, as f64.
std::vector<double> numbers(const Array& any) {
  const Array a = any.copy();
  std::vector<double> out;
  const auto take = [&](const auto* from, std::int64_t count) {
    for (std::int64_t k = 0; k < count; ++k) out.push_back(static_cast<double>(from[k]));
  };
  switch (a.dtype()) {
    case DType::u8:
      take(a.span<std::uint8_t>().data(), a.size());
      break;
    case DType::i16:
      take(a.span<std::int16_t>().data(), a.size());
      break;
    case DType::i32:
      take(a.span<std::int32_t>().data(), a.size());
      break;
    case DType::i64:
      take(a.span<std::int64_t>().data(), a.size());
      break;
    case DType::f32:
      take(a.span<float>().data(), a.size());
      break;
    case DType::f64:
      take(a.span<double>().data(), a.size());
      break;
    case DType::c64:
      take(reinterpret_cast<const float*>(a.data()), 2 * a.size());
      break;
    case DType::c128:
      take(reinterpret_cast<const double*>(a.data()), 2 * a.size());
      break;
    default:
      ADD_FAILURE() << "no numbers of " << name(a.dtype());
  }
  return out;
}

void expect_near(const Array& got, const std::vector<double>& wanted, double bound, const std::string& what) {
  const std::vector<double> values = numbers(got);
  ASSERT_EQ(values.size(), wanted.size()) << what;
  for (std::size_t k = 0; k < values.size(); ++k)
    ASSERT_TRUE(std::abs(values[k] - wanted[k]) <= bound)
        << what << " at " << k << ": got " << values[k] << ", expected " << wanted[k];
}

// Each variant in turn: its name, or "" for the one that is chosen.
template <class Action>
void for_each_variant(const Action& action) {
  for (const char* variant : {"portable", ""}) {
    setenv("FOVEA_VARIANT", variant, 1);
    action(std::string(variant));
    unsetenv("FOVEA_VARIANT");
  }
}

std::int64_t extent(Overlap mode, std::int64_t n, std::int64_t k) {
  return mode == Overlap::full ? n + k - 1 : mode == Overlap::same ? n : std::abs(n - k) + 1;
}

void check_all_modes(int n, const std::string& type, double bound) {
  const std::string id = std::to_string(n) + "_" + type;
  const Array image = golden("image_" + id), kernel = golden("kernel_" + id);
  for (const bool convolve : {false, true}) {
    const std::vector<double> wanted = numbers(golden((convolve ? "convolve2d_" : "correlate2d_") + id));
    std::size_t at = 0;
    for (const Overlap mode : {Overlap::full, Overlap::same, Overlap::valid})
      for (const Boundary boundary : {Boundary::fill, Boundary::wrap, Boundary::reflect, Boundary::nearest}) {
        CorrelateOptions o{mode, boundary};
        if (type != "i2") o.fillvalue = 1.5;
        const Array got = convolve ? convolve2d(image, kernel, o) : correlate2d(image, kernel, o);
        const Shape shape{extent(mode, image.shape()[0], kernel.shape()[0]),
                          extent(mode, image.shape()[1], kernel.shape()[1])};
        ASSERT_EQ(got.shape(), shape);
        ASSERT_EQ(got.dtype(), image.dtype());
        const auto first = wanted.begin() + static_cast<std::ptrdiff_t>(at);
        at += static_cast<std::size_t>(got.size());
        ASSERT_LE(at, wanted.size());
        expect_near(got, {first, first + got.size()}, bound,
                    id + " mode " + std::to_string(static_cast<int>(mode)) + " boundary " +
                        std::to_string(static_cast<int>(boundary)));
      }
    ASSERT_EQ(at, wanted.size());
  }
}

TEST(Correlate, EqualsSciPyInAllModesAndBoundaries) {
  for_each_variant([](const std::string&) {
    for (int n = 0; n < 6; ++n) {
      check_all_modes(n, "f8", 63 * 2.3e-16 * 10);
      check_all_modes(n, "i2", 0);
    }
    check_all_modes(6, "f4", 66 * 1.2e-7 * 3);
  });
}

TEST(Correlate, TypesAndSumsOfMixedOperandsAreSciPys) {
  for_each_variant([](const std::string& variant) {
    for (const char* id :
         {"u1_u1", "i1_u1", "u2_i2", "i4_i4", "i8_i4", "u1_f4", "i4_f4", "f4_f8", "c8_c8", "c16_f8", "f8_c16", "i2_c8"})
      for (const bool convolve : {false, true}) {
        const Array image = golden(std::string("mixed_image_") + id),
                    kernel = golden(std::string("mixed_kernel_") + id);
        const Array wanted = golden((convolve ? "mixed_convolve2d_" : "mixed_correlate2d_") + std::string(id));
        const CorrelateOptions o{Overlap::same, Boundary::reflect};
        const Array got = convolve ? convolve2d(image, kernel, o) : correlate2d(image, kernel, o);
        ASSERT_EQ(name(got.dtype()), name(wanted.dtype())) << id;
        const bool wide = got.dtype() == DType::f64 || got.dtype() == DType::c128;
        const double scale = is_integer(image.dtype()) ? image.dtype() == DType::i16 ? 32768 : 256 : 2;
        const double bound = is_integer(got.dtype()) ? 0 : 20 * (wide ? 2.3e-16 : 1.2e-7) * 12 * scale;
        expect_near(got, numbers(wanted), bound, variant + " " + id);
      }
  });
}

TEST(Correlate, ComplexOperandsThatSwapPlacesAreTheValidPartOfAll) {
  const Array image = golden("swap_image"), kernel = golden("swap_kernel");
  for_each_variant([&](const std::string& variant) {
    const CorrelateOptions valid{Overlap::valid};
    expect_near(correlate2d(image, kernel, valid), numbers(golden("swap_correlate2d")), 1e-14, variant);
    expect_near(convolve2d(image, kernel, valid), numbers(golden("swap_convolve2d")), 1e-14, variant);
    const Array all = correlate2d(image, kernel);
    expect_near(correlate2d(image, kernel, valid), numbers(all.slice(0, {1, 4}).slice(1, {2, 5})), 1e-14, variant);
  });
}

TEST(Correlate, EveryMethodKeepsItsBound) {
  const Array image = golden("large_image"), gaussian = golden("kernel_gaussian"), large = golden("kernel_large");
  const auto with = [](CorrelateMethod method) {
    return CorrelateOptions{Overlap::same, Boundary::reflect, 0, method};
  };
  const auto sum = [](const Array& a, int power) {
    double total = 0;
    for (const double v : numbers(a)) total += std::pow(std::abs(v), power);
    return total;
  };
  constexpr double eps = std::numeric_limits<float>::epsilon();
  const double gaussian_bound = 233 * eps * sum(gaussian, 1), large_bound = 491 * eps * sum(large, 1);
  expect_near(correlate2d(image, gaussian, with(CorrelateMethod::direct)), numbers(golden("gaussian_correlate2d")),
              gaussian_bound, "direct");
  expect_near(correlate2d(image, gaussian, with(CorrelateMethod::separable)), numbers(golden("gaussian_correlate2d")),
              gaussian_bound / 8, "separable");
  expect_near(correlate2d(image, gaussian, with(CorrelateMethod::automatic)), numbers(golden("gaussian_correlate2d")),
              gaussian_bound / 8, "automatic");
  expect_near(correlate2d(image, large, with(CorrelateMethod::direct)), numbers(golden("large_correlate2d")),
              large_bound / 8, "direct");
  // Padded: 82 x 92, so at most 14 halvings.
  const double fft_bound = 2 * eps * 14 * std::sqrt(sum(image, 2) * 82 * 92 / (60 * 70)) * std::sqrt(sum(large, 2));
  expect_near(correlate2d(image, large, with(CorrelateMethod::fft)), numbers(golden("large_correlate2d")), fft_bound,
              "fft");
}

TEST(Correlate, IntegersAreFactoredExactlyOrNotAtAll) {
  const CorrelateOptions separable{Overlap::same, Boundary::wrap, 0, CorrelateMethod::separable};
  const CorrelateOptions automatic{Overlap::same, Boundary::wrap};
  expect_near(correlate2d(golden("integers_image"), golden("integers_kernel"), separable),
              numbers(golden("integers_correlate2d")), 0, "separable");
  expect_near(correlate2d(golden("integers_image"), golden("integers_kernel"), automatic),
              numbers(golden("integers_correlate2d")), 0, "automatic");
  expect_near(correlate2d(golden("not_rank_one_image"), golden("not_rank_one_kernel"), automatic),
              numbers(golden("not_rank_one_correlate2d")), 0, "automatic");
  expect_error(Errc::invalid_argument, "rank one",
               [&] { correlate2d(golden("not_rank_one_image"), golden("not_rank_one_kernel"), separable); });
}

TEST(Correlate, OneElementThatIsOffMakesAKernelNotSeparable) {
  Array kernel = golden("kernel_gaussian").copy();
  kernel.span<float>()[37] *= 1 + 8 * std::numeric_limits<float>::epsilon();
  expect_error(Errc::invalid_argument, "rank one", [&] {
    correlate2d(golden("large_image"), kernel, {Overlap::same, Boundary::fill, 0, CorrelateMethod::separable});
  });
}

TEST(Correlate, ChannelsAreCorrelatedByThemselves) {
  const Array plane = golden("image_6_f4"), kernel = golden("kernel_6_f4");
  const std::int64_t h = plane.shape()[0], w = plane.shape()[1];
  Array image = Array::empty({h, w, 3}, DType::f32);
  for (std::int64_t k = 0; k < h * w; ++k)
    for (int c = 0; c < 3; ++c)
      image.span<float>()[static_cast<std::size_t>(3 * k + c)] =
          plane.span<float>()[static_cast<std::size_t>(k)] * static_cast<float>(1 << c);
  for (const CorrelateMethod method : {CorrelateMethod::direct, CorrelateMethod::fft}) {
    const CorrelateOptions o{Overlap::same, Boundary::reflect, 0, method};
    const std::vector<double> one = numbers(correlate2d(plane, kernel, o)),
                              all = numbers(correlate2d(image, kernel, o));
    ASSERT_EQ(all.size(), 3 * one.size());
    for (std::size_t k = 0; k < all.size(); ++k) ASSERT_EQ(all[k], one[k / 3] * (1 << k % 3)) << k;
  }
}

// A kernel for which the transform is cheapest, and not of rank one.
TEST(Correlate, NaNAndInfinityStayWithinTheirWindows) {
  constexpr std::int64_t h = 200, w = 300, taps = 101;
  const Array image = Array::zeros({h, w}, DType::f32), kernel = Array::zeros({taps, taps}, DType::f32);
  for (std::size_t k = 0; k < kernel.span<float>().size(); ++k)
    kernel.span<float>()[k] = static_cast<float>(k * k % 97 + 1) / 97;
  image.span<float>()[100 * w + 150] = std::numeric_limits<float>::infinity();
  image.span<float>()[100 * w + 151] = std::numeric_limits<float>::quiet_NaN();
  const Array y = correlate2d(image, kernel, {Overlap::same});
  for (std::int64_t m = 0; m < h; ++m)
    for (std::int64_t n = 0; n < w; ++n) {
      const bool near = std::abs(m - 100) <= taps / 2 && n >= 150 - taps / 2 && n <= 151 + taps / 2;
      ASSERT_EQ(std::isfinite(y.span<float>()[static_cast<std::size_t>(m * w + n)]), !near) << m << " " << n;
    }
}

TEST(Correlate, LargeElementsDoNotOverflowInTheTransform) {
  const Array image = Array::zeros({200, 300}, DType::f32), kernel = Array::zeros({101, 101}, DType::f32);
  for (std::size_t k = 0; k < kernel.span<float>().size(); ++k)
    kernel.span<float>()[k] = k % 102 == 0 ? 1e20f : 0.0f;  // the diagonal
  for (auto& v : image.span<float>()) v = 1e16f;
  const Array y = correlate2d(image, kernel, {Overlap::valid});
  for (const float v : y.span<float>()) ASSERT_NEAR(v, 101e36f, 109 * 1.2e-7f * 101e36f);
}

TEST(Correlate, RefusesWhatMakesNoSense) {
  const Array image = Array::zeros({5, 4}, DType::f32), kernel = Array::zeros({3, 3}, DType::f32);
  const auto refused = [](const std::string& part, const Array& x, const Array& k, const CorrelateOptions& o = {}) {
    expect_error(Errc::invalid_argument, part, [&] { correlate2d(x, k, o); });
    expect_error(Errc::invalid_argument, part, [&] { convolve2d(x, k, o); });
  };
  refused("kernel", image, Array::zeros({3}, DType::f32));
  refused("kernel", image, Array::zeros({3, 3, 1}, DType::f32));
  refused("image", Array::zeros({5}, DType::f32), kernel);
  refused("image", Array::zeros({}, DType::f32), kernel);
  refused("image", Array::zeros({2, 2, 2, 2}, DType::f32), kernel);
  refused("at least one element", Array::zeros({0, 4}, DType::f32), kernel);
  refused("at least one element", image, Array::zeros({3, 0}, DType::f32));
  refused("at least one element", Array::zeros({5, 4, 0}, DType::f32), kernel);
  refused("larger", image, Array::zeros({2, 9}, DType::f32), {Overlap::valid});
  refused("channels", Array::zeros({2, 2, 3}, DType::f32), kernel, {Overlap::valid});
  refused("fillvalue", image, kernel, {Overlap::full, Boundary::fill, std::nan("")});
  refused("method fft", Array::zeros({5, 4}, DType::i32), Array::zeros({3, 3}, DType::i32),
          {Overlap::full, Boundary::fill, 0, CorrelateMethod::fft});
  refused("method fft", Array::zeros({5, 4}, DType::c64), kernel,
          {Overlap::full, Boundary::fill, 0, CorrelateMethod::fft});
  for (const double fill : {-1.0, 256.0, 1e300})
    refused("fillvalue", Array::zeros({5, 4}, DType::u8), Array::zeros({3, 3}, DType::u8),
            {Overlap::full, Boundary::fill, fill});
  expect_error(Errc::unsupported, "no cpu kernel for", [&] {
    correlate2d(Array::zeros({5, 4}, DType::boolean), Array::zeros({3, 3}, DType::boolean));
  });
  EXPECT_THROW(ops::apply("correlate2d", {{"mode", std::string("all")}}, std::vector<Array>{image, kernel}), Error);
}

TEST(Correlate, TheFillValueIsTheResultTypes) {
  const Array image = Array::zeros({1, 1}, DType::u8), kernel = Array::zeros({1, 3}, DType::u8);
  for (auto& v : kernel.span<std::uint8_t>()) v = 3;
  const Array y = correlate2d(image, kernel, {Overlap::same, Boundary::fill, 100.7});
  EXPECT_EQ(y.span<std::uint8_t>()[0], (2 * 300) % 256);  // 100, not 100.7
}

}  // namespace
}  // namespace fovea
