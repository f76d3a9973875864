#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "array/golden_lines.h"
#include "support/expect_error.h"

namespace fovea {
namespace {

using test::expect_error;

Scalar number(const std::string& text) {
  if (text.find('.') == text.npos) return std::stoll(text);
  return std::strtod(text.c_str(), nullptr);
}

std::optional<DType> type(const std::string& text) {
  if (text == "-") return std::nullopt;
  return parse_dtype(text);
}

// NumPy's bits: tests/data/make_array.py.
TEST(Create, AsNumPy) {
  std::ifstream file(test::test_data("array/creation.txt"));
  int lines = 0;
  for (std::string line; std::getline(file, line); ++lines) {
    const auto w = test::words(line);
    const std::size_t end = w.size() - 4;  // given type, type, count, elements
    const auto given = type(w[end]);
    Array got;
    if (w[0] == "arange")
      got = Array::arange(number(w[1]), number(w[2]), number(w[3]), given);
    else if (w[0] == "linspace")
      got = Array::linspace(number(w[1]), number(w[2]), std::stoll(w[3]), w[4] == "1", given);
    else
      got = Array::eye(std::stoll(w[1]), std::stoll(w[2]), std::stoll(w[3]), given.value_or(DType::f64));
    EXPECT_EQ(name(got.dtype()), w[end + 1]) << line;
    EXPECT_EQ(got.size(), std::stoll(w[end + 2])) << line;
    EXPECT_EQ(test::hex(got), w[end + 3]) << line;
  }
  EXPECT_EQ(lines, 635);
}

TEST(Create, LargeOnesAreTheSameFormula) {
  const Array a = Array::arange(0, 100000.0, 0.1);
  ASSERT_EQ(a.size(), 1000000);
  const auto values = a.span<const double>();
  for (std::size_t i : {std::size_t{2}, std::size_t{65536}, std::size_t{65537}, std::size_t{999999}})
    EXPECT_EQ(values[i], 0.0 + static_cast<double>(i) * 0.1) << i;
  const Array s = Array::linspace(0, 1, 300001);
  EXPECT_EQ(s.span<const double>()[300000], 1.0);
  EXPECT_EQ(s.span<const double>()[200000], 200000 * (1.0 / 300000));
}

TEST(Create, Full) {
  constexpr std::int64_t big = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(Array::full({2}, big)[1].item<std::int64_t>(), big);
  EXPECT_EQ(Array::full({2}, big).dtype(), DType::i64);
  EXPECT_EQ(Array::full({2}, true).dtype(), DType::boolean);
  EXPECT_EQ(Array::full({2}, 1.5f).dtype(), DType::f64);
  EXPECT_EQ(Array::full({2}, std::complex<float>(1, 2))[0].item<std::complex<double>>(), std::complex<double>(1, 2));
  EXPECT_EQ(Array::full({3}, 2.9, DType::u8)[2].item<std::uint8_t>(), 2);
  EXPECT_EQ(Array::full({3}, -2.9, DType::i8)[2].item<std::int8_t>(), -2);
  EXPECT_EQ(Array::full({}, 7).scalar(), Scalar(7));
  EXPECT_EQ(Array::full({0, 3}, 7).shape(), (Shape{0, 3}));
  EXPECT_EQ(Array::full({2}, 3, DType::c64)[0].item<std::complex<float>>(), std::complex<float>(3, 0));
  // 2049.0000001 lies above a tie of f16: rounding by way of f32 would give 2048.
  EXPECT_EQ(Array::full({1}, 2049.0000001, DType::f16).scalar(), Scalar(2050.0));
  const Array ones = Array::ones({1000, 333}, DType::i16);
  for (std::int16_t v : ones.span<const std::int16_t>()) ASSERT_EQ(v, 1);
  EXPECT_EQ(Array::ones({1}).dtype(), DType::f64);
}

TEST(Create, Refusals) {
  const auto bad = Errc::invalid_argument;
  expect_error(bad, "full: expected a value that u8 holds, got 256", [] { Array::full({2}, 256, DType::u8); });
  expect_error(bad, "got -1", [] { Array::full({0}, -1, DType::u8); });
  expect_error(bad, "got nan", [] { Array::full({1}, NAN, DType::i32); });
  expect_error(bad, "got inf", [] { Array::full({1}, INFINITY, DType::i64); });
  expect_error(bad, "got 9223372036854775808", [] { Array::full({1}, 0x1p63, DType::i64); });
  expect_error(bad, "a complex one", [] { Array::full({1}, std::complex<double>(1, 0), DType::f64); });
  expect_error(bad, "2^63", [] { (void)Scalar(std::numeric_limits<std::uint64_t>::max()); });
  expect_error(bad, "extents of 0 or more", [] { Array::ones({-1}); });
  expect_error(bad, "a step other than 0", [] { Array::arange(0, 5, 0); });
  expect_error(bad, "a step other than 0", [] { Array::arange(0, 5, 0.0); });
  expect_error(bad, "finite bounds", [] { Array::arange(0, INFINITY); });
  expect_error(bad, "finite bounds", [] { Array::arange(NAN, 1); });
  expect_error(bad, "2^63", [] { Array::arange(std::numeric_limits<std::int64_t>::min(), 5); });
  expect_error(bad, "complex", [] { Array::arange(0, std::complex<double>(1, 1)); });
  expect_error(bad, "numbers, got bool", [] { Array::arange(0, 2, 1, DType::boolean); });
  expect_error(bad, "u8 holds", [] { Array::arange(-3, 3, 1, DType::u8); });
  expect_error(bad, "0 values or more, got -1", [] { Array::linspace(0, 1, -1); });
  expect_error(bad, "i8 holds", [] { Array::linspace(0, 1000, 5, true, DType::i8); });
  expect_error(bad, "a complex one", [] { Array::linspace(0, std::complex<double>(0, 1), 3, true, DType::f64); });
  expect_error(bad, "extents of 0 or more", [] { Array::eye(-1); });
}

TEST(Create, ExtremeParameters) {
  constexpr std::int64_t low = std::numeric_limits<std::int64_t>::min(),
                         high = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(Array::arange(low, high, high).size(), 3);
  EXPECT_EQ(Array::arange(high, low, low).size(), 2);
  for (std::int64_t k : {low, high}) EXPECT_EQ(test::hex(Array::eye(3, 3, k)), std::string(144, '0'));
  EXPECT_EQ(Array::arange(5).size(), 5);
  EXPECT_EQ(Array::linspace(std::complex<double>(0, 0), std::complex<double>(2, 4), 3)[1].scalar(),
            Scalar(std::complex<double>(1, 2)));
}

TEST(Scalar, OfEveryType) {
  for (int k = 0; k <= static_cast<int>(DType::c128); ++k) {
    const auto dtype = static_cast<DType>(k);
    const Scalar one = Array::ones({1, 1}, dtype).scalar();
    EXPECT_EQ(one.dtype(), dtype == DType::boolean ? DType::boolean
                           : is_integer(dtype)     ? DType::i64
                           : is_complex(dtype)     ? DType::c128
                                                   : DType::f64);
  }
  expect_error(Errc::invalid_argument, "one element, got shape [2]", [] { (void)Array::ones({2}).scalar(); });
  expect_error(Errc::invalid_argument, "one element", [] { (void)Array().scalar(); });
  expect_error(Errc::invalid_argument, "expected f64, got a request for f32",
               [] { (void)Array::ones({1}).item<float>(); });
  EXPECT_EQ(Array::arange(6).reshape({2, 3}).transpose().slice(0, {1, 2}).slice(1, {1, 2}).item<std::int64_t>(), 4);
}

}  // namespace
}  // namespace fovea
