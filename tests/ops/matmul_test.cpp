#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "array/convert.h"
#include "base/half.h"
#include "base/threads.h"
#include "fovea/expr.h"
#include "fovea/linalg.h"
#include "fovea/npy.h"
#include "suites/op_cases.h"
#include "support/expect_error.h"
#include "support/test_data.h"

namespace fovea {
namespace {

using test::expect_error;
using test::random_array;

template <class T>
Array whole_numbers(const Shape& shape, int step, int modulus) {
  std::int64_t count = 1;
  for (std::int64_t extent : shape) count *= extent;
  std::vector<T> values;
  for (std::int64_t i = 0; i < count; ++i)
    values.push_back(static_cast<T>(static_cast<std::int16_t>(i * step % modulus - modulus / 2)));
  return Array::of<T>(values, shape);
}

struct Shapes {
  Shape a, b;
};
const Shapes numpy_shapes[] = {{{5}, {5}},
                               {{5}, {5, 3}},
                               {{4, 5}, {5}},
                               {{4, 5}, {5, 3}},
                               {{2, 4, 5}, {5, 3}},
                               {{5}, {2, 5, 3}},
                               {{2, 4, 5}, {5}},
                               {{2, 1, 4, 5}, {3, 5, 2}},
                               {{3, 0}, {0, 2}},
                               {{0, 3}, {3, 2}},
                               {{0, 2, 3}, {3, 1}},
                               {{1, 1}, {1, 1}},
                               {{2, 3, 1, 4}, {1, 3, 4, 1}}};

template <class T>
void expect_numpy() {
  int number = 0;
  for (const Shapes& s : numpy_shapes) {
    const Array wanted = load_npy(test::test_data("matmul/" + std::to_string(number++) + ".npy")).value();
    const Array got = matmul(whole_numbers<T>(s.a, 7, 11), whole_numbers<T>(s.b, 5, 13));
    ASSERT_EQ(got.shape(), wanted.shape());
    for (std::size_t i = 0; i < got.span<T>().size(); ++i)
      EXPECT_EQ(got.span<T>()[i], static_cast<T>(static_cast<std::int16_t>(wanted.span<std::int64_t>()[i])))
          << to_string(s.a) << " " << to_string(s.b) << " at " << i;
  }
}

// tests/data/make_matmul.py
TEST(Matmul, ShapesAndValuesAsNumPy) {
  expect_numpy<float>();
  expect_numpy<double>();
  expect_numpy<std::int32_t>();
  expect_numpy<std::int64_t>();
  expect_numpy<std::complex<float>>();
  expect_numpy<std::complex<double>>();
}

double element(const Array& x, std::int64_t i, std::int64_t j) {
  const std::int64_t at = i * x.strides()[0] + j * x.strides()[1];
  const auto as = [&](auto zero) { return reinterpret_cast<const decltype(zero)*>(x.data())[at]; };
  switch (x.dtype()) {
    case DType::u8:
      return as(std::uint8_t{});
    case DType::i8:
      return as(std::int8_t{});
    case DType::f16:
      return f16_to_f32(as(std::uint16_t{}));
    case DType::bf16:
      return bf16_to_f32(as(std::uint16_t{}));
    case DType::i32:
      return as(std::int32_t{});
    case DType::f32:
      return as(float{});
    default:
      return as(double{});
  }
}

// |error| <= k eps sum |a b| and the result's rounding, against sums in long double. For integers: none.
void expect_product(const Array& a, const Array& b) {
  const Array c = matmul(a, b);
  const std::int64_t m = a.shape()[0], k = a.shape()[1], n = b.shape()[1];
  ASSERT_EQ(c.shape(), (Shape{m, n}));
  const DType type = c.dtype();
  const double eps = type == DType::f64 ? 0x1p-53 : type == DType::i32 ? 0 : 0x1p-24;
  const double rounding = type == DType::bf16 ? 0x1p-8 : type == DType::f16 ? 0x1p-11 : 0;
  const double smallest = type == DType::f16 ? 0x1p-25 : 0;  // half a step of subnormal results
  double worst = -INFINITY;
  std::int64_t at = 0;
  for (std::int64_t i = 0; i < m; ++i)
    for (std::int64_t j = 0; j < n; ++j) {
      long double sum = 0, size = 0;
      for (std::int64_t t = 0; t < k; ++t) {
        const long double term = static_cast<long double>(element(a, i, t)) * element(b, t, j);
        sum += term;
        size += std::fabs(term);
      }
      const double error = static_cast<double>(std::fabs(element(c, i, j) - sum));
      const double bound =
          static_cast<double>(eps * static_cast<double>(k) * size + rounding * std::fabs(sum) * 1.01L + smallest);
      if (error - bound > worst) worst = error - bound, at = i * n + j;
    }
  EXPECT_LE(worst, 0) << name(a.dtype()) << " " << m << "x" << k << "x" << n << " at " << at;
}

TEST(Matmul, WithinTheBoundOfSumsForEverySizeAndType) {
  struct Sizes {
    std::int64_t m, k, n;
  };
  unsigned seed = 1;
  for (DType type : {DType::f64, DType::f32, DType::bf16, DType::f16, DType::u8, DType::i8})
    for (const Sizes& s : {Sizes{1, 1, 1},
                           {3, 2, 1},
                           {13, 7, 31},
                           {14, 256, 32},
                           {15, 257, 33},
                           {29, 511, 65},
                           {64, 64, 64},
                           {100, 1030, 70},
                           {1, 300, 200},
                           {200, 300, 1}})
      expect_product(random_array({s.m, s.k}, type, seed), random_array({s.k, s.n}, type, seed + 1)), seed += 2;
  expect_product(random_array({40, 90}, DType::u8, 1), random_array({90, 50}, DType::i8, 2));
  expect_product(random_array({40, 90}, DType::i8, 3), random_array({90, 50}, DType::u8, 4));
}

TEST(Matmul, TakesAnyStrides) {
  unsigned seed = 50;
  for (DType type : {DType::f64, DType::f32, DType::bf16, DType::f16, DType::u8, DType::i8})
    for (std::int64_t size : {20, 70}) {
      const Array a = random_array({2 * size, size}, type, seed++), b = random_array({size, 2 * size}, type, seed++);
      expect_product(b, a);
      expect_product(a, b);
      expect_product(a.transpose(), b.transpose());
      expect_product(a.slice(0, {.step = -2}), b.slice(1, {.step = -2}));
      expect_product(a.transpose().slice(1, {.step = 2}), a.slice(0, {.step = 2}).slice(1, {.step = -1}));
      expect_product(a.slice(1, {0, 1}).broadcast({2 * size, 30}), b.slice(0, {0, 1}).broadcast({30, 2 * size}));
    }
}

TEST(Matmul, ExtremeBytesAddUpExactly) {
  const auto filled = [](DType type, Shape shape, int value) {
    const Array array = Array::empty(std::move(shape), type);
    std::memset(array.data(), value, static_cast<std::size_t>(array.size()));
    return array;
  };
  for (int a : {0x7F, 0x80, 0xFF})
    for (int b : {0x7F, 0x80, 0xFF})
      for (DType ta : {DType::u8, DType::i8})
        for (DType tb : {DType::u8, DType::i8}) expect_product(filled(ta, {17, 2100}, a), filled(tb, {2100, 35}, b));
}

TEST(Matmul, IntegersWrapAround) {
  const std::int32_t large[] = {INT32_MAX, 2};
  const Array c = matmul(Array::of<std::int32_t>(large, {2}), Array::of<std::int32_t>(large, {2}));
  EXPECT_EQ(c.span<std::int32_t>()[0], 1 + 4);
  const std::int64_t huge[] = {INT64_MIN, 3};
  EXPECT_EQ(matmul(Array::of<std::int64_t>(huge, {2}), Array::of<std::int64_t>(huge, {2})).span<std::int64_t>()[0], 9);
}

TEST(Matmul, NaNAndInfinityStayInTheirRowsAndColumns) {
  for (std::int64_t size : {9, 80}) {
    const Array a = random_array({size, size}, DType::f32, 1), b = random_array({size, size}, DType::f32, 2);
    a.span<float>()[3 * static_cast<std::size_t>(size) + 1] = NAN;
    b.span<float>()[4] = INFINITY;
    const Array c = matmul(a, b);
    for (std::int64_t i = 0; i < size; ++i)
      for (std::int64_t j = 0; j < size; ++j) {
        const float v = c.span<float>()[static_cast<std::size_t>(i * size + j)];
        EXPECT_EQ(std::isnan(v), i == 3) << i << " " << j;
        EXPECT_EQ(std::isinf(v), i != 3 && j == 4) << i << " " << j;
      }
  }
}

TEST(Matmul, SameBitsForAnyThreadsStridesAndNeighbours) {
  unsigned seed = 90;
  for (DType type : {DType::f64, DType::f32, DType::bf16, DType::f16, DType::i8}) {
    const Array a = random_array({150, 600}, type, seed++), b = random_array({600, 230}, type, seed++);
    const auto same = [&](const Array& x, const Array& y, const char* what) {
      const std::size_t bytes = static_cast<std::size_t>(x.size()) * size_of(x.dtype());
      EXPECT_EQ(0, std::memcmp(x.copy().data(), y.copy().data(), bytes)) << name(type) << " " << what;
    };
    const Array whole = matmul(a, b);
    {
      const ThreadLimit one(1);
      same(matmul(a, b), whole, "one thread");
    }
    same(matmul(a, b.transpose().copy().transpose()), whole, "transposed b");
    same(matmul(a.transpose().copy().transpose(), b), whole, "transposed a");
    if (type == DType::bf16) continue;  // few rows may go to another instruction
    same(matmul(a.slice(0, {0, 1}), b), whole.slice(0, {0, 1}), "one row");
    same(matmul(a.slice(0, {20, 25}), b.slice(1, {7, 20})), whole.slice(0, {20, 25}).slice(1, {7, 20}), "a part");
  }
}

// Large enough to be read once as they lie: terms in several chunks, results in several blocks, and the rest of each.
TEST(Matmul, MatricesTimesOneVector) {
  unsigned seed = 300;
  for (DType type : {DType::f64, DType::f32, DType::f16}) {
    for (const auto& [rows, columns] :
         {std::pair<std::int64_t, std::int64_t>{1201, 911}, {70, 33001}, {33005, 67}, {3, 400009}, {9003, 123}}) {
      const Array matrix = random_array({rows, columns}, type, seed++), turned = matrix.transpose();
      const Array x = random_array({1, columns}, type, seed++), y = random_array({1, rows}, type, seed++);
      expect_product(matrix, x.transpose());
      expect_product(x, turned);
      expect_product(y, matrix);
      expect_product(turned, y.transpose());
    }
    const Array matrix = random_array({1500, 1600}, type, seed++), x = random_array({1, 3200}, type, seed++);
    expect_product(x.slice(1, {0, 3200, 2}), matrix.transpose().copy());
    expect_product(matrix.slice(0, {.step = -1}), x.slice(1, {0, 1600}).transpose());
    expect_product(matrix.slice(1, {.step = -1}), x.slice(1, {0, 1600}).transpose());
    const Array all = matmul(x.slice(1, {0, 1600}), matrix.transpose());
    const ThreadLimit one(1);
    const Array alone = matmul(x.slice(1, {0, 1600}), matrix.transpose());
    EXPECT_EQ(0, std::memcmp(all.data(), alone.data(), static_cast<std::size_t>(all.size()) * size_of(type)));
  }
}

TEST(Matmul, HalvesKeepInfinityAndNaN) {
  for (DType type : {DType::f16, DType::bf16}) {
    const std::uint16_t inf = type == DType::f16 ? 0x7C00 : 0x7F80, nan = type == DType::f16 ? 0x7E00 : 0x7FC0,
                        one = type == DType::f16 ? 0x3C00 : 0x3F80;
    for (std::int64_t k : {1, 5, 40, 300}) {  // the special element is each operand's last
      std::vector<std::uint16_t> a(static_cast<std::size_t>(20 * k), one), b(static_cast<std::size_t>(k * 20), one);
      const auto product = [&] {
        const auto as = [&](std::vector<std::uint16_t>& v, Shape shape) {
          return Array::borrow(v.data(), std::move(shape), type, nullptr);
        };
        return eval(cast(matmul(as(a, {20, k}), as(b, {k, 20})), DType::f32));
      };
      a.back() = inf;
      Array c = product();
      EXPECT_EQ(c.span<float>()[0], static_cast<float>(k)) << name(type);
      for (std::size_t j = 0; j < 20; ++j) EXPECT_EQ(c.span<float>()[19 * 20 + j], INFINITY) << name(type) << " " << k;
      b.back() = nan;
      c = product();
      EXPECT_EQ(c.span<float>()[0], static_cast<float>(k)) << name(type);
      for (std::size_t i = 0; i < 20; ++i)
        EXPECT_TRUE(std::isnan(c.span<float>()[i * 20 + 19])) << name(type) << " " << k;
    }
  }
}

TEST(Matmul, RefusesWhatDoesNotFit) {
  const auto zeros = [](Shape shape, DType type = DType::f32) { return Array::zeros(std::move(shape), type); };
  const auto refuse = [](const Array& a, const Array& b, const std::string& message) {
    expect_error(Errc::invalid_argument, message, [&] { matmul(a, b); });
  };
  refuse(zeros({2, 3}), zeros({2, 3}), "[2, 3] and [2, 3]");
  refuse(zeros({3}), zeros({4}), "[3] and [4]");
  refuse(zeros({}), zeros({4}), "1 axis or more");
  refuse(zeros({4}), zeros({}), "1 axis or more");
  refuse(zeros({2, 3, 4}), zeros({3, 4, 5}), "batch axes that broadcast");
  refuse(zeros({2, 2}), zeros({2, 2}, DType::f64), "one type");
  refuse(zeros({2, 2}, DType::boolean), zeros({2, 2}, DType::boolean), "expected u8, i8");
  refuse(zeros({2, 2}, DType::i16), zeros({2, 2}, DType::i16), "expected u8, i8");
  refuse(zeros({2, 2}, DType::u8), zeros({2, 2}, DType::i32), "one type");
  refuse(zeros(Shape(19, 1)), zeros({1, 1}), "at most 18 axes");
}

TEST(Matmul, RefusesResultsBeyondTheAddressSpace) {
  const Array tall = Array::empty({1, 1}, DType::f32).broadcast({std::int64_t{1} << 32, 1});
  const Array wide = Array::empty({1, 1}, DType::f32).broadcast({1, std::int64_t{1} << 32});
  EXPECT_THROW(matmul(tall, wide), Error);
}

}  // namespace
}  // namespace fovea
