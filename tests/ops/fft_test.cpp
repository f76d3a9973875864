#include "fovea/fft.h"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <cstring>
#include <fstream>
#include <numbers>
#include <sstream>

#include "base/threads.h"
#include "fovea/npy.h"
#include "fovea/ops.h"
#include "suites/op_cases.h"
#include "support/expect_error.h"
#include "support/test_data.h"

namespace fovea {
namespace {

using Complex = std::complex<double>;
using test::expect_error;
using test::random_array;

Array golden(const std::string& name) {
  return load_npy(test::test_data("fft/" + name + ".npy")).value();
}

// Elements of a contiguous array of a real or complex type.
std::vector<Complex> values(const Array& array) {
  const Array a = array.contiguous() ? array : array.copy();
  std::vector<Complex> v;
  for (std::int64_t k = 0; k < a.size(); ++k) {
    if (a.dtype() == DType::c64) v.emplace_back(a.span<std::complex<float>>()[static_cast<std::size_t>(k)]);
    if (a.dtype() == DType::c128) v.push_back(a.span<Complex>()[static_cast<std::size_t>(k)]);
    if (a.dtype() == DType::f32) v.emplace_back(a.span<float>()[static_cast<std::size_t>(k)]);
    if (a.dtype() == DType::f64) v.emplace_back(a.span<double>()[static_cast<std::size_t>(k)]);
  }
  EXPECT_EQ(static_cast<std::int64_t>(v.size()), a.size()) << "a type without a comparison";
  return v;
}

// Root mean square of the difference over that of the expected values.
double relative_error(const std::vector<Complex>& got, const std::vector<Complex>& wanted) {
  double error = 0, norm = 0;
  for (std::size_t k = 0; k < wanted.size(); ++k) {
    error += std::norm(got[k] - wanted[k]);
    norm += std::norm(wanted[k]);
  }
  return error == 0 ? 0 : std::sqrt(error / norm);
}

double bound(DType result, std::int64_t n) {
  const double eps = result == DType::c64 || result == DType::f32 ? 0x1p-23 : 0x1p-52;
  return 0.5 * eps * (2 + std::log2(static_cast<double>(n)));
}

// By the definition, in long double, with the angle reduced in integers.
std::vector<Complex> by_definition(const std::vector<Complex>& x) {
  using Long = std::complex<long double>;
  const auto n = static_cast<std::int64_t>(x.size());
  std::vector<Long> root;
  std::vector<Complex> y;
  for (std::int64_t k = 0; k < n; ++k)
    root.push_back(std::polar(
        1.0L, -2 * std::numbers::pi_v<long double> * static_cast<long double>(k) / static_cast<long double>(n)));
  for (std::int64_t k = 0; k < n; ++k) {
    long double re = 0, im = 0;
    for (std::int64_t j = 0; j < n; ++j) {
      const Complex v = x[static_cast<std::size_t>(j)];
      const Long w = root[static_cast<std::size_t>(j * k % n)];
      re += v.real() * w.real() - v.imag() * w.imag();
      im += v.real() * w.imag() + v.imag() * w.real();
    }
    y.emplace_back(static_cast<double>(re), static_cast<double>(im));
  }
  return y;
}

std::vector<double> list(const std::string& text) {
  std::vector<double> numbers;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) numbers.push_back(std::stod(part));
  return numbers;
}

// tests/data/make_fft_goldens.py
TEST(Fft, AsSciPy) {
  std::ifstream file(test::test_data("fft/cases.txt"));
  int cases = 0;
  for (std::string line; std::getline(file, line); ++cases) {
    std::istringstream fields(line);
    std::string name, op;
    fields >> name >> op;
    ops::Params params;
    for (std::string field; fields >> field;) {
      const std::size_t equals = field.find('=');
      const std::string key = field.substr(0, equals), value = field.substr(equals + 1);
      if (key == "norm")
        params[key] = value;
      else if (key == "n" || key == "axis")
        params[key] = std::int64_t{std::stoll(value)};
      else
        params[key] = list(value);
    }
    const Array x = golden(name + "_x"), wanted = golden(name + "_y");
    const Array got = ops::apply(op, params, {{x}});
    ASSERT_EQ(got.shape(), wanted.shape()) << line;
    ASSERT_EQ(got.dtype(), wanted.dtype()) << line;
    const bool moved = op.find("shift") != std::string::npos;
    EXPECT_LE(relative_error(values(got), values(wanted)), moved ? 0 : bound(wanted.dtype(), 1 + wanted.size()))
        << line;
  }
  EXPECT_EQ(cases, 113);
}

TEST(Fft, FrequenciesAsSciPy) {
  EXPECT_EQ(values(fftfreq(5, 0.25)), values(golden("fftfreq_5")));
  EXPECT_EQ(values(fftfreq(6)), values(golden("fftfreq_6")));
  EXPECT_EQ(values(rfftfreq(5, 0.25)), values(golden("rfftfreq_5")));
  EXPECT_EQ(values(rfftfreq(6)), values(golden("rfftfreq_6")));
}

TEST(Fft, EveryLengthFollowsTheDefinition) {
  std::vector<std::int64_t> lengths;
  for (std::int64_t n = 1; n <= 200; ++n) lengths.push_back(n);
  for (std::int64_t n : {243, 251, 360, 509, 625, 640, 997, 1000, 1001, 1024, 1080, 1331, 2047, 2187})
    lengths.push_back(n);
  for (std::int64_t n : lengths)
    for (DType type : {DType::c64, DType::c128}) {
      const Array x = random_array({n}, type, static_cast<unsigned>(n));
      const Array y = fft(x), z = ifft(y);
      const double error = relative_error(values(y), by_definition(values(x)));
      EXPECT_LE(error, bound(type, n)) << n << " " << name(type);
      EXPECT_LE(relative_error(values(z), values(x)), 2 * bound(type, n)) << n << " " << name(type);
      const DType real = type == DType::c64 ? DType::f32 : DType::f64;
      const Array r = random_array({n}, real, static_cast<unsigned>(n));
      std::vector<Complex> half = by_definition(values(r));
      half.resize(static_cast<std::size_t>(n / 2 + 1));
      EXPECT_LE(relative_error(values(rfft(r)), half), bound(type, n)) << n;
      EXPECT_LE(relative_error(values(irfft(rfft(r), {.n = n})), values(r)), 2 * bound(type, n)) << n;
    }
}

// Parseval's equation and the way back, where the definition takes too long.
TEST(Fft, LongLinesKeepTheNormAndComeBack) {
  for (std::int64_t n : {4096, 8191, 16807, 65536, 100003, 1 << 18})
    for (DType type : {DType::c64, DType::c128}) {
      const Array x = random_array({n}, type, static_cast<unsigned>(n));
      const Array y = fft(x, {.norm = Norm::ortho});
      EXPECT_LE(relative_error(values(ifft(y, {.norm = Norm::ortho})), values(x)), 2 * bound(type, n)) << n;
      long double before = 0, after = 0;
      for (Complex v : values(x)) before += std::norm(v);
      for (Complex v : values(y)) after += std::norm(v);
      EXPECT_NEAR(static_cast<double>(after / before), 1, 10 * bound(type, n)) << n;
      const Complex first = values(fft(x))[1];  // one element by definition
      Complex sum = 0;
      std::int64_t k = 0;
      for (Complex v : values(x))
        sum += v * std::polar(1.0, -2 * std::numbers::pi * static_cast<double>(k++) / static_cast<double>(n));
      EXPECT_LE(std::abs(first - sum), 10 * bound(type, n) * std::sqrt(static_cast<double>(n))) << n;
    }
}

// A wave over a plane has one element in its spectrum; the sizes are past all thresholds of the stores.
TEST(Fft, LargePlanesOfWaves) {
  struct Size {
    std::int64_t height, width;
  };
  for (const Size s : {Size{1000, 1000}, Size{1024, 2048}, Size{1009, 600}, Size{3000, 1201}})
    for (const bool back : {false, true}) {
      Array x = Array::empty({s.height, s.width}, DType::c64);
      const std::int64_t u = 3 % s.height, v = s.width - 2;
      auto* to = x.span<std::complex<float>>().data();
      const double turn = back ? -2 * std::numbers::pi : 2 * std::numbers::pi;
      for (std::int64_t r = 0; r < s.height; ++r)
        for (std::int64_t c = 0; c < s.width; ++c)
          to[r * s.width + c] = std::complex<float>(
              std::polar(1.0, turn * (static_cast<double>(u * r % s.height) / static_cast<double>(s.height) +
                                      static_cast<double>(v * c % s.width) / static_cast<double>(s.width))));
      std::vector<Complex> wanted(static_cast<std::size_t>(x.size()));
      wanted[static_cast<std::size_t>(u * s.width + v)] = back ? 1 : static_cast<double>(x.size());
      const Array y = back ? ifft2(x) : fft2(x);
      EXPECT_LE(relative_error(values(y), wanted), 2e-6) << s.height << " x " << s.width;
    }
}

TEST(Fft, LargeRealPlanesAgreeWithComplexOnesAndComeBack) {
  for (const Shape& shape : {Shape{1000, 1000}, Shape{777, 1021}, Shape{2048, 1030}, Shape{600, 997}})
    for (DType type : {DType::f32, DType::f64}) {
      const Array x = random_array(shape, type, 3);
      const Array half = rfft2(x);
      const Array pairs = ifft2(fft2(x));  // the same numbers as complex ones
      const Array whole = fft2(pairs).slice(1, {.stop = shape[1] / 2 + 1});
      EXPECT_LE(relative_error(values(fft2(x)), values(fft2(pairs))), 2 * bound(type, x.size())) << to_string(shape);
      EXPECT_LE(relative_error(values(half), values(whole)), 2 * bound(type, x.size())) << to_string(shape);
      const Array again = irfft2(half, {.s = shape});
      EXPECT_LE(relative_error(values(again), values(x)), bound(type, x.size())) << to_string(shape);
    }
}

TEST(Fft, OfASumIsTheSumOfBoth) {
  const Shape shape{513, 700};
  const Array x = random_array(shape, DType::c128, 1), y = random_array(shape, DType::c128, 2);
  Array sum = Array::empty(shape, DType::c128);
  for (std::int64_t k = 0; k < sum.size(); ++k) {
    const auto at = static_cast<std::size_t>(k);
    sum.span<Complex>()[at] = 2.0 * x.span<Complex>()[at] + y.span<Complex>()[at];
  }
  std::vector<Complex> wanted = values(fft2(x));
  const std::vector<Complex> other = values(fft2(y));
  for (std::size_t k = 0; k < wanted.size(); ++k) wanted[k] = 2.0 * wanted[k] + other[k];
  EXPECT_LE(relative_error(values(fft2(sum)), wanted), bound(DType::c128, sum.size()));
}

TEST(Fft, ViewsGiveWhatTheirCopiesGive) {
  const Array x = random_array({14, 37, 45}, DType::c64, 5);
  const std::vector<Array> views{x.slice(2, {.step = -1}),
                                 x.slice(1, {.step = -2}),
                                 x.slice(0, {.step = 3}).slice(2, {.start = 40, .stop = 3, .step = -1}),
                                 x.transpose(),
                                 x[3].transpose(),
                                 x.slice(2, {.start = 1, .stop = 44}),
                                 x[2].broadcast({3, 37, 45})};
  for (const Array& view : views) {
    const Array copy = view.copy();
    for (int axis = 0; axis < view.ndim(); ++axis) {
      EXPECT_EQ(values(fft(view, {.axis = axis})), values(fft(copy, {.axis = axis})));
      EXPECT_EQ(values(irfft(view, {.axis = axis})), values(irfft(copy, {.axis = axis})));
    }
    EXPECT_EQ(values(fft2(view)), values(fft2(copy)));
    EXPECT_EQ(values(irfft2(view)), values(irfft2(copy)));
    EXPECT_EQ(values(fftshift(view)), values(fftshift(copy)));
  }
  const Array r = random_array({64, 90}, DType::f64, 6);
  EXPECT_EQ(values(rfft2(r.slice(0, {.step = -1}))), values(rfft2(r.slice(0, {.step = -1}).copy())));
  EXPECT_EQ(values(rfft(r.transpose())), values(rfft(r.transpose().copy())));
}

TEST(Fft, SameBitsForAnyNumberOfThreads) {
  const auto bytes = [](const Array& a) {
    return std::string(reinterpret_cast<const char*>(a.data()),
                       static_cast<std::size_t>(a.size()) * size_of(a.dtype()));
  };
  for (const Shape& shape : {Shape{1000, 1000}, Shape{1009, 400}, Shape{9, 200, 130}}) {
    const Array x = random_array(shape, DType::c64, 8), r = random_array(shape, DType::f64, 9);
    std::vector<std::string> alone;
    {
      const ThreadLimit one(1);
      alone = {bytes(fft2(x)), bytes(rfft2(r)), bytes(irfft2(x)), bytes(fft(x, {.axis = 0}))};
    }
    EXPECT_TRUE(alone[0] == bytes(fft2(x)));
    EXPECT_TRUE(alone[1] == bytes(rfft2(r)));
    EXPECT_TRUE(alone[2] == bytes(irfft2(x)));
    EXPECT_TRUE(alone[3] == bytes(fft(x, {.axis = 0})));
  }
}

TEST(Fft, EmptyBatchesAndPaddingOfNothing) {
  EXPECT_EQ(fft(Array::zeros({0, 8}, DType::f32)).shape(), (Shape{0, 8}));
  EXPECT_EQ(rfft2(Array::zeros({0, 4, 8}, DType::f32)).shape(), (Shape{0, 4, 5}));
  const Array padded = fft(Array::zeros({3, 0}, DType::c64), {.n = 5});
  EXPECT_EQ(padded.shape(), (Shape{3, 5}));
  EXPECT_EQ(values(padded), std::vector<Complex>(15));
  EXPECT_EQ(fftshift(Array::zeros({0, 3}, DType::u8)).shape(), (Shape{0, 3}));
}

TEST(Fft, NotANumberStaysInItsLine) {
  Array x = random_array({20, 30}, DType::c64, 1);
  const Array clean = fft(x);
  x.span<std::complex<float>>()[7 * 30 + 2] = {NAN, 0};
  const std::vector<Complex> got = values(fft(x)), wanted = values(clean);
  for (std::size_t k = 0; k < got.size(); ++k)
    if (k / 30 == 7)
      EXPECT_TRUE(std::isnan(got[k].real()));
    else
      EXPECT_EQ(got[k], wanted[k]);
}

TEST(Fft, BadCallsAreRefused) {
  const auto invalid = Errc::invalid_argument;
  const Array x = Array::zeros({4, 6}, DType::c64), r = Array::zeros({4, 6}, DType::f32);
  expect_error(invalid, "fft: axis: expected one of the 2 axes, got 2", [&] { fft(x, {.axis = 2}); });
  expect_error(invalid, "got -3", [&] { ifft(x, {.axis = -3}); });
  expect_error(invalid, "axes", [&] { fft(Array::zeros({}, DType::c64)); });
  expect_error(invalid, "fft: n: expected", [&] { fft(x, {.n = -1}); });
  expect_error(invalid, "fft: n: expected", [&] { fft(x, {.n = std::int64_t{1} << 40}); });
  expect_error(invalid, "expected a transform of at least 1 element", [&] { fft(Array::zeros({3, 0}, DType::f64)); });
  expect_error(invalid, "at least 1 element", [&] { irfft(Array::zeros({3, 1}, DType::c64)); });
  expect_error(invalid, "at least 1 element", [&] { irfft(Array::zeros({3, 0}, DType::c64)); });
  expect_error(invalid, "rfft: expected real numbers, got c64", [&] { rfft(x); });
  expect_error(invalid, "rfft2: expected real numbers, got c128", [&] { rfft2(Array::zeros({2, 2}, DType::c128)); });
  expect_error(invalid, "distinct", [&] { fft2(x, {.axes = {0, -2}}); });
  expect_error(invalid, "at least one", [&] { fft2(x, {.axes = {}}); });
  expect_error(invalid, "s: expected 2 lengths", [&] { fft2(x, {.s = {3}}); });
  expect_error(invalid, "s: expected whole numbers", [&] { fft2(x, {.s = {3, -2}}); });
  expect_error(invalid, "axes", [&] { fft2(Array::zeros({5}, DType::f32)); });
  expect_error(invalid, "whole numbers", [&] { ops::apply("fft2", {{"s", std::vector<double>{2.5, 3}}}, {{r}}); });
  expect_error(invalid, "axis", [&] { ops::apply("fft2", {{"axes", std::vector<double>{0.5, 1}}}, {{r}}); });
  expect_error(invalid, "norm", [&] { ops::apply("fft", {{"norm", std::string("both")}}, {{r}}); });
  expect_error(invalid, "fftshift: axes: expected some of the 2 axes", [&] { fftshift(r, {2}); });
  expect_error(invalid, "distinct", [&] { ifftshift(r, {1, -1}); });
  expect_error(invalid, "fftfreq: expected at least 1 element", [&] { fftfreq(0); });
  expect_error(invalid, "spacing", [&] { rfftfreq(4, 0); });
  expect_error(invalid, "spacing", [&] { fftfreq(4, NAN); });
}

}  // namespace
}  // namespace fovea
