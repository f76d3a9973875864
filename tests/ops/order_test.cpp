#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "fovea/npy.h"
#include "fovea/sorting.h"
#include "suites/op_cases.h"

namespace fovea {
namespace {

Array golden(const std::string& name) {
  auto loaded = load_npy(FOVEA_TEST_DATA_DIR "/order/" + name + ".npy");
  EXPECT_TRUE(loaded) << name;
  return loaded.value();
}

double at(const Array& a, std::int64_t k) {
  const auto i = static_cast<std::size_t>(k);
  switch (a.dtype()) {
    case DType::f32:
      return a.span<float>()[i];
    case DType::f64:
      return a.span<double>()[i];
    case DType::i32:
      return a.span<std::int32_t>()[i];
    default:
      return static_cast<double>(a.span<std::int64_t>()[i]);
  }
}

// `ulps` of f32 or f64 of the value itself; 0: equal.
void expect_near(const Array& got, const Array& wanted, double relative, const std::string& what) {
  ASSERT_EQ(got.shape(), wanted.shape()) << what;
  for (std::int64_t k = 0; k < got.size(); ++k) {
    const double a = at(got, k), b = at(wanted, k);
    if ((std::isnan(a) && std::isnan(b)) || a == b) continue;
    ASSERT_LE(std::abs(a - b), relative * std::abs(b)) << what << " " << k << ": got " << a << ", expected " << b;
  }
}

TEST(Order, SortsAsNumPy) {
  for (const std::string n : {"x", "y", "i"})
    for (const int axis : {0, -1}) {
      const std::string tail = n + "_" + std::to_string(axis);
      expect_near(sort(golden(n), axis), golden("sort_" + tail), 0, tail);
      expect_near(argsort(golden(n), axis), golden("argsort_" + tail), 0, tail);
    }
}

TEST(Order, DescendingKeepsEqualsInOrderAndNanLast) {
  const double nan = std::nan(""), values[] = {1, nan, 3, 1, 3, -0.0, 0.0};
  const Array x = Array::of<double>(values, {7}), order = argsort(x, 0, true);
  const std::int64_t wanted[] = {2, 4, 0, 3, 6, 5, 1};
  for (std::int64_t k = 0; k < 7; ++k) EXPECT_EQ(at(order, k), static_cast<double>(wanted[k])) << k;
  expect_near(topk(x, 3), sort(x, 0, true).slice(0, {.stop = 3}).copy(), 0, "topk");
  EXPECT_TRUE(std::isnan(at(topk(x, 7), 6)));
}

TEST(Order, LargeSortsAreOrderedPermutations) {
  for (const DType type : {DType::i32, DType::i64, DType::f32, DType::f64}) {
    const Array x = test::random_array({300001}, type, 5), sorted = sort(x), order = argsort(x);
    std::vector<bool> seen(300001);
    for (std::int64_t k = 0; k < x.size(); ++k) {
      const auto from = static_cast<std::int64_t>(at(order, k));
      ASSERT_FALSE(seen[static_cast<std::size_t>(from)]);
      seen[static_cast<std::size_t>(from)] = true;
      ASSERT_EQ(at(x, from), at(sorted, k));
      if (k > 0) {
        ASSERT_LE(at(sorted, k - 1), at(sorted, k));
      }
    }
    expect_near(argtopk(x, 50, 0, false), order.slice(0, {.stop = 50}).copy(), 0, "argtopk");
    EXPECT_EQ(at(median(x), 0), at(sorted, 150000));
  }
}

TEST(Order, ScansAsNumPy) {
  for (const std::string n : {"x", "y", "i"}) {
    expect_near(cumsum(golden(n), 0), golden("cumsum_" + n + "_0"), 0, n);
    expect_near(cumsum(golden(n), -1), golden("cumsum_" + n + "_-1"), 0, n);
    expect_near(cumsum(golden(n)), golden("cumsum_" + n + "_None"), n == "x" ? 1e-4 : 0, n);
  }
}

TEST(Order, LongScansAreRight) {
  const Array x = test::random_array({200003}, DType::f64, 3), sums = cumsum(x);
  long double sum = 0, size = 0;
  for (std::int64_t k = 0; k < x.size(); ++k) {
    sum += at(x, k), size += std::abs(at(x, k));
    ASSERT_NEAR(at(sums, k), static_cast<double>(sum), 600 * 0x1p-53 * static_cast<double>(size)) << k;
  }
  const Array bytes = test::random_array({200003}, DType::u8, 4), totals = cumsum(bytes);
  std::int64_t total = 0;
  for (std::size_t k = 0; k < 200003; ++k)
    ASSERT_EQ(totals.span<std::int64_t>()[k], total += bytes.span<std::uint8_t>()[k]);
  const double five[] = {1, 2, 3, 4, 5};
  EXPECT_EQ(at(cumprod(Array::of<double>(five, {5})), 4), 120);
}

TEST(Order, PercentilesAsNumPy) {
  const double q[] = {0, 12.5, 33, 50, 90, 100};
  for (const std::string n : {"x", "y", "i"}) {
    expect_near(median(golden(n), -1), golden("median_" + n + "_-1"), 0x1p-23, n);
    for (const std::string method : {"linear", "lower", "higher", "nearest", "midpoint"})
      expect_near(percentile(golden(n), q, -1, method), golden("percentile_" + n + "_" + method), 0x1p-23, n + method);
  }
}

Array as_f32(const Array& x) {
  const Array y = Array::empty(x.shape(), DType::f32);
  for (std::size_t k = 0; k < y.span<float>().size(); ++k) y.span<float>()[k] = static_cast<float>(x.span<double>()[k]);
  return y;
}

void expect_histogram(const std::string& name, const Array& x, std::int64_t bins, HistogramRange range) {
  expect_near(histogram(x, bins, range), golden("counts_" + name), 0, name);
  expect_near(histogram_bin_edges(x, bins, range), golden("edges_" + name), 0, name);
}

TEST(Order, HistogramsAsNumPyToTheCount) {
  const Array h = golden("h");
  expect_histogram("h", h, 40, {{-2, 2}});
  expect_histogram("hauto", h, 10, {});
  expect_histogram("h32", as_f32(h), 40, {{-2, 2}});
  expect_histogram("h32auto", as_f32(h), 37, {});
  expect_histogram("hi", golden("i"), 13, {});
  expect_histogram("hb", golden("b"), 256, {{0, 256}});
  expect_histogram("hx", golden("x"), 11, {{-1.1, 1.3}});
  const std::vector<double> same(5, 3.0);
  expect_histogram("hone", Array::of<double>(same, {5}), 4, {});
}

TEST(OrderBad, IsRefused) {
  const double infinity = std::numeric_limits<double>::infinity(), nan = std::nan("");
  const Array x = golden("x"), complex = Array::zeros({3}, DType::c64), none = Array::zeros({0}, DType::f32);
  const auto q = [](double v) { return std::vector<double>{v}; };
  EXPECT_THROW(sort(x, 2), Error);
  EXPECT_THROW(sort(x, -3), Error);
  EXPECT_THROW(sort(complex), Error);
  EXPECT_THROW(argsort(complex), Error);
  EXPECT_THROW(cumsum(complex), Error);
  EXPECT_THROW(cumsum(x, 2), Error);
  EXPECT_THROW(topk(x, 34), Error);
  EXPECT_THROW(topk(x, -1), Error);
  EXPECT_THROW(argtopk(x, 18, 0), Error);
  EXPECT_THROW(topk(x, 1, 2), Error);
  EXPECT_THROW(percentile(x, q(-1)), Error);
  EXPECT_THROW(percentile(x, q(100.5)), Error);
  EXPECT_THROW(percentile(x, q(nan)), Error);
  EXPECT_THROW(percentile(x, q(50), 5), Error);
  EXPECT_THROW(percentile(x, q(50), 0, "middle"), Error);
  EXPECT_THROW(percentile(none, q(50)), Error);
  EXPECT_THROW(median(none), Error);
  EXPECT_THROW(median(complex), Error);
  EXPECT_THROW(histogram(x, 10), Error);  // NaN and infinity without a range
  EXPECT_THROW(histogram(x, 0, {{0, 1}}), Error);
  EXPECT_THROW(histogram(x, -1, {{0, 1}}), Error);
  EXPECT_THROW(histogram(x, 10, {{1, 0}}), Error);
  EXPECT_THROW(histogram(x, 10, {{nan, 1}}), Error);
  EXPECT_THROW(histogram(x, 10, {{0, infinity}}), Error);
  EXPECT_THROW(histogram(x, 1000, {{1, 1 + 1e-5}}), Error);  // more bins than numbers
  EXPECT_THROW(histogram(complex), Error);
  EXPECT_EQ(sort(none).size(), 0);
  EXPECT_EQ(argsort(none).size(), 0);
  EXPECT_EQ(cumsum(none).size(), 0);
  EXPECT_EQ(topk(none, 0).size(), 0);
  EXPECT_EQ(at(histogram(none, 2), 0), 0);
  EXPECT_EQ(sort(Array::zeros({}, DType::f32)).ndim(), 0);
  EXPECT_TRUE(std::isnan(at(median(x), 0)));
}

}  // namespace
}  // namespace fovea
