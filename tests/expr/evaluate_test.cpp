#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <future>
#include <limits>
#include <random>

#include "base/threads.h"
#include "fovea/expr.h"
#include "fovea/graph.h"
#include "kernel/view.h"
#include "suites/op_cases.h"
#include "support/expect_error.h"

namespace fovea {
namespace {

template <class F>
void expect_refused(F f, Errc code) {
  test::expect_error(code, ": ", f);
}

std::vector<double> list(const Array& array) {
  const Array wide = eval(cast(array, DType::f64));
  return {wide.span<double>().begin(), wide.span<double>().end()};
}

Array iota(Shape shape) {
  const Array array = Array::empty(std::move(shape), DType::f64);
  double v = 0;
  for (double& x : array.span<double>()) x = v++;
  return array;
}

// The element at an index of an array of any strides.
double at(const Array& array, std::span<const Index> index) {
  Index offset = 0;
  for (std::size_t k = 0; k < index.size(); ++k) offset += index[k] * array.strides()[k];
  return reinterpret_cast<const double*>(array.data())[offset];
}

// Views of the same shape with all kinds of strides over fresh random values.
std::vector<Array> layouts(const Shape& shape) {
  Shape doubled = shape, reversed(shape.rbegin(), shape.rend());
  for (auto& extent : doubled) extent = 2 * extent + 1;
  Array strided = test::random_array(doubled, DType::f64, 1), backward = test::random_array(shape, DType::f64, 2);
  Array repeated = test::random_array({shape.back()}, DType::f64, 3).broadcast(shape);
  Shape column = shape;
  column.back() = 1;
  for (int axis = 0; axis < static_cast<int>(shape.size()); ++axis) {
    strided = strided.slice(axis, {1, Slice::none, 2});
    backward = backward.slice(axis, {.step = -1});
  }
  return {test::random_array(shape, DType::f64, 4),
          test::random_array(reversed, DType::f64, 5).transpose(),
          strided,
          backward,
          repeated,
          test::random_array(column, DType::f64, 6).broadcast(shape)};
}

template <class F>
void for_each_index(const Shape& shape, F f) {
  Shape index(shape.size(), 0);
  for (Index extent : shape)
    if (extent == 0) return;
  for (;;) {
    f(index);
    std::size_t k = shape.size();
    while (k > 0 && ++index[k - 1] == shape[k - 1]) index[--k] = 0;
    if (k == 0) return;
  }
}

TEST(Eval, EveryPairOfLayoutsGivesTheElementsInPlace) {
  for (const Shape& shape : {Shape{3}, Shape{5, 3}, Shape{33, 65}, Shape{2, 1, 700, 3}, Shape{3, 4, 1025}})
    for (const Array& a : layouts(shape))
      for (const Array& b : layouts(shape)) {
        const Array got = eval(Expr(a) - Expr(b) * 2);
        ASSERT_EQ(got.shape(), shape);
        bool same = true;
        for_each_index(shape, [&](const Shape& index) { same &= at(got, index) == at(a, index) - at(b, index) * 2; });
        EXPECT_TRUE(same) << to_string(shape) << " " << to_string(a.strides()) << to_string(b.strides());
      }
}

TEST(Eval, WritesIntoStridedResultsAndInPlace) {
  const Array x = iota({4, 6}), y = Array::zeros({6, 8}, DType::f64);
  eval_into(Expr(x) + 1, y.transpose().slice(0, {0, 4, 1}).slice(1, {0, 6, 1}));
  EXPECT_EQ(at(y, Shape{5, 3}), 3 * 6 + 5 + 1.0);
  EXPECT_EQ(at(y, Shape{5, 4}), 0);
  eval_into(square(x) + x, x);
  EXPECT_EQ(at(x, Shape{1, 1}), 7 * 7 + 7.0);
  expect_refused([&] { eval_into(Expr(x), Array::zeros({4, 5}, DType::f64)); }, Errc::invalid_argument);
  expect_refused([&] { eval_into(Expr(x), Array::zeros({4, 6}, DType::f32)); }, Errc::invalid_argument);
}

TEST(Eval, ShapesWithoutElementsAndWithoutAxes) {
  EXPECT_EQ(eval(Expr(Array::zeros({0, 3}, DType::f32)) + 1).shape(), (Shape{0, 3}));
  const Array scalar = Array::of<double>(std::vector<double>{4}, {});
  EXPECT_EQ(eval(sqrt(scalar)).shape(), Shape{});
  EXPECT_EQ(eval_scalar(sqrt(scalar) + 1), 3);
  EXPECT_EQ(eval(Expr(Array::zeros({0, 3}, DType::f32)) + Array::zeros({1, 3}, DType::f32)).shape(), (Shape{0, 3}));
  EXPECT_EQ(list(eval(sum(Array::zeros({0, 3}, DType::f64), {.axes = {{0}}}))), (std::vector<double>{0, 0, 0}));
  EXPECT_EQ(list(eval(prod(Array::zeros({2, 0}, DType::f64), {.axes = {{1}}}))), (std::vector<double>{1, 1}));
  EXPECT_TRUE(std::isnan(eval_scalar(mean(Array::zeros({0}, DType::f64)))));
  EXPECT_EQ(eval_scalar(all(Array::zeros({0}, DType::f64))), 1);
  EXPECT_EQ(eval_scalar(any(Array::zeros({0}, DType::f64))), 0);
  expect_refused([&] { max(Array::zeros({0}, DType::f64)); }, Errc::invalid_argument);
  expect_refused([&] { argmin(Array::zeros({3, 0}, DType::f64), {.axes = {{1}}}); }, Errc::invalid_argument);
  EXPECT_EQ(eval(max(Array::zeros({0, 3}, DType::f64), {.axes = {{1}}})).shape(), Shape{0});
}

TEST(Eval, WeakNumbersTakeTheArraysType) {
  const Array bytes = Array::of<std::uint8_t>(std::vector<std::uint8_t>{250, 3}, {2});
  EXPECT_EQ(list(eval(Expr(bytes) + 10)), (std::vector<double>{4, 13}));  // wraps around
  EXPECT_EQ((Expr(bytes) + 1.5).dtype(), DType::f64);
  EXPECT_EQ((Expr(2) * 3 + Expr(bytes)).dtype(), DType::u8);
  EXPECT_EQ(list(eval(Expr(2) * 3 + Expr(bytes))), (std::vector<double>{0, 9}));
  expect_refused([&] { Expr(bytes) + 256; }, Errc::invalid_argument);
  expect_refused([&] { Expr(bytes) - (-1); }, Errc::invalid_argument);
  EXPECT_EQ(list(eval(power(bytes, 2))), (std::vector<double>{36, 9}));
  expect_refused([&] { power(bytes, -1); }, Errc::invalid_argument);
}

TEST(Eval, CastsRoundTruncateAndSaturate) {
  const Array x = Array::of<double>(std::vector<double>{1.9, -1.9, 300, -300, 1e30, -1e30, NAN, INFINITY}, {8});
  EXPECT_EQ(list(eval(cast(x, DType::u8))), (std::vector<double>{1, 0, 255, 0, 255, 0, 0, 255}));
  EXPECT_EQ(list(eval(cast(x, DType::i16))), (std::vector<double>{1, -1, 300, -300, 32767, -32768, 0, 32767}));
  const double top = 9223372036854775807.0;
  EXPECT_EQ(list(eval(cast(x, DType::i64))), (std::vector<double>{1, -1, 300, -300, top, -top, 0, top}));
  EXPECT_EQ(list(eval(cast(x, DType::boolean))), (std::vector<double>(8, 1)));
  // Not halfway in f64, but in f32: a second rounding would go to even.
  const Array near =
      Array::of<double>(std::vector<double>{1 + 0x1p-11 + 0x1p-40, 1 + 0x1p-11, 1 + 0x1p-8 + 0x1p-40}, {3});
  EXPECT_EQ(list(eval(cast(near, DType::f16))), (std::vector<double>{1 + 0x1p-10, 1, 1 + 0x1p-8}));
  EXPECT_EQ(list(eval(cast(near, DType::bf16))), (std::vector<double>{1, 1, 1 + 0x1p-7}));
}

TEST(Eval, IntegersWrapAroundAndDivideByZeroToZero) {
  const auto i32 = [](std::vector<std::int32_t> v) {
    return Expr(Array::of<std::int32_t>(v, {static_cast<Index>(v.size())}));
  };
  const int low = std::numeric_limits<int>::min();
  EXPECT_EQ(list(eval(i32({low, 7, -7, low}) / i32({1, 0, 2, -1})))[2], -3.5);
  EXPECT_EQ(list(eval(floor_divide(i32({low, 7, -7, low}), i32({1, 0, 2, -1})))),
            (std::vector<double>{static_cast<double>(low), 0, -4, static_cast<double>(low)}));
  EXPECT_EQ(list(eval(remainder(i32({low, 7, -7, low}), i32({-1, 0, 2, 3})))), (std::vector<double>{0, 0, 1, 1}));
  EXPECT_EQ(list(eval(i32({1, -8, 1, -8}) << i32({31, 1, 32, -1}))),
            (std::vector<double>{static_cast<double>(low), -16, 0, 0}));
  EXPECT_EQ(list(eval(i32({1, -8, 5, -8}) >> i32({31, 1, 32, 99}))), (std::vector<double>{0, -4, 0, -1}));
  EXPECT_EQ(list(eval(power(i32({2, -1, 1, 3}), i32({-1, -3, -2, 20})))),
            (std::vector<double>{0, -1, 1, 3486784401.0 - 4294967296.0}));
}

TEST(Eval, ComplexLogarithmsNearOneKeepTheirDigits) {
  const std::complex<double> z(1e-5, 2e-5), series = z - z * z / 2.0 + z * z * z / 3.0 - z * z * z * z / 4.0;
  const Array x = Array::empty({1}, DType::c128);
  std::memcpy(x.data(), &z, sizeof z);
  EXPECT_NEAR(eval_scalar(real(log1p(x))), series.real(), 1e-20);
  EXPECT_NEAR(eval_scalar(imag(log1p(x))), series.imag(), 1e-20);
}

__extension__ using Wide = unsigned __int128;

// sqrt(a) comes nearest to the middle m of two numbers when a 2^e and m^2, whole numbers, differ by little: all such m
// follow from the square roots of small numbers modulo a power of two, one bit more at each step.
TEST(Eval, SquareRootsAreCorrectlyRoundedWhereItIsHardest) {
  std::vector<double> hard;
  for (int even : {0, 1})
    for (std::int64_t delta = -4095; delta < 4096; delta += 2) {
      const int bits = 53 + (even ? 0 : 1);  // m has 54 bits; m^2 - delta must be a multiple of 2^bits
      std::vector<Wide> roots{1, 3};
      if (((delta % 8) + 8) % 8 != 1) continue;
      for (int k = 3; k < bits; ++k) {  // r^2 = delta modulo 2^k to modulo 2^(k + 1)
        std::vector<Wide> next;
        for (auto r : roots)
          for (auto candidate : {r, r + (static_cast<Wide>(1) << (k - 1))})
            if (((candidate * candidate - static_cast<Wide>(delta)) & ((static_cast<Wide>(1) << (k + 1)) - 1)) == 0)
              next.push_back(candidate & ((static_cast<Wide>(1) << k) - 1));
        std::sort(next.begin(), next.end());
        next.erase(std::unique(next.begin(), next.end()), next.end());
        roots = next;
      }
      for (auto r : roots)
        for (int high = 0; high < 4; ++high) {
          const auto m = r + (static_cast<Wide>(high) << (bits - 1));
          if (m < (static_cast<Wide>(1) << 53) || m >= (static_cast<Wide>(1) << 54)) continue;
          const auto whole = (m * m - static_cast<Wide>(delta)) >> bits;
          if (whole < (static_cast<Wide>(1) << 54)) hard.push_back(static_cast<double>(whole));
        }
    }
  ASSERT_GT(hard.size(), 3000u);
  std::mt19937_64 engine(1);
  const std::size_t lattice = hard.size();
  for (int k = 0; k < 400000; ++k)
    hard.push_back(std::ldexp(static_cast<double>(engine() >> 11), static_cast<int>(engine() % 1600) - 850));
  for (double special : {0.0, -0.0, 1.0, -1.0, 0x1p-1074, 0x1p-1000, 0x1p1000, 1.7e308}) hard.push_back(special);
  hard.push_back(INFINITY);
  hard.push_back(NAN);
  std::vector<double> all = hard;
  for (double& v : hard) all.push_back(std::ldexp(v, 1));
  const Array got = eval(sqrt(Array::of<double>(all, {static_cast<Index>(all.size())})));
  int wrong = 0;
  for (std::size_t k = 0; k < all.size(); ++k) {
    volatile double x = all[k];
    const double wanted = std::sqrt(x);
    if (std::isnan(wanted) ? !std::isnan(got.span<double>()[k]) : got.span<double>()[k] != wanted) ++wrong;
  }
  EXPECT_EQ(wrong, 0) << "of " << all.size() << ", " << lattice << " of them near a middle";
}

TEST(Fold, EveryShapeLayoutAndSetOfAxesAgreesWithLongDouble) {
  for (const Shape& shape : {Shape{1}, Shape{2049}, Shape{7, 3}, Shape{3, 2000}, Shape{2000, 3}, Shape{5, 1, 4, 3},
                             Shape{2, 3, 70, 33}, Shape{130, 1100}}) {
    const int sets = 1 << shape.size();
    for (const Array& x : layouts(shape))
      for (int set = 1; set < sets; ++set) {
        Reduction r;
        r.axes.emplace();
        r.keepdims = true;
        Shape kept = shape;
        for (std::size_t k = 0; k < shape.size(); ++k)
          if (set >> k & 1) r.axes->push_back(static_cast<int>(k)), kept[k] = 1;
        const auto groups = static_cast<std::size_t>(Array::empty(kept, DType::u8).size());
        std::vector<long double> sums(groups, 0), sizes(groups, 0);
        std::vector<double> largest(groups, -INFINITY);
        const Array places = iota(kept).broadcast(shape);
        for_each_index(shape, [&](const Shape& index) {
          const auto g = static_cast<std::size_t>(at(places, index));
          const double v = at(x, index);
          sums[g] += v;
          sizes[g] += std::abs(v);
          largest[g] = std::max(largest[g], v);
        });
        const auto got = list(eval(sum(x, r))), high = list(eval(max(x, r)));
        ASSERT_EQ(eval(sum(x, r)).shape(), kept);
        for (std::size_t g = 0; g < groups; ++g) {
          // At most 32 terms in a row, then pairwise.
          const double steps = 40 + std::log2(static_cast<double>(x.size()));
          ASSERT_LE(std::abs(static_cast<double>(got[g] - sums[g])), steps * 1.2e-16 * static_cast<double>(sizes[g]))
              << to_string(shape) << " set " << set;
          ASSERT_EQ(high[g], largest[g]) << to_string(shape) << " set " << set;
        }
      }
  }
}

TEST(Fold, SumsOfManyTermsStayAccurate) {
  const Array x = Array::empty({10'000'000}, DType::f32);
  for (float& v : x.span<float>()) v = 0.1f;
  const double exact = 1e7 * static_cast<double>(0.1f);
  EXPECT_NEAR(eval_scalar(sum(x)), exact, 8 * 1.2e-7 * exact);
  EXPECT_NEAR(eval_scalar(mean(x)), static_cast<double>(0.1f), 8 * 1.2e-7 * 0.1);
  const Array column = x.reshape({5'000'000, 2});
  for (double v : list(eval(sum(column, {.axes = {{0}}})))) EXPECT_NEAR(v, exact / 2, 8 * 1.2e-7 * exact);
}

TEST(Fold, NanWinsAndTheFirstOfEqualsIsTaken) {
  std::vector<double> values(5000, 1);
  values[17] = values[4000] = 5;
  Array x = Array::of<double>(values, {5000});
  EXPECT_EQ(eval_scalar(argmax(x)), 17);
  EXPECT_EQ(eval_scalar(argmin(x)), 0);
  x.span<double>()[3000] = NAN;
  EXPECT_EQ(eval_scalar(argmax(x)), 3000);
  EXPECT_EQ(eval_scalar(argmin(x)), 3000);
  EXPECT_TRUE(std::isnan(eval_scalar(max(x))));
  EXPECT_TRUE(std::isnan(eval_scalar(min(x))));
  const auto places = list(eval(argmax(x.reshape({5, 1000}), {.axes = {{0}}})));
  EXPECT_EQ(places[17], 0);
  EXPECT_EQ(places[0], 3);
  EXPECT_EQ(places[1], 0);
}

TEST(Fold, BadAxesAreRefusedByName) {
  const Array x = iota({2, 3});
  for (const auto& axes : {std::vector<int>{2}, std::vector<int>{-3}, std::vector<int>{0, 0}, std::vector<int>{1, -1}})
    expect_refused([&] { sum(x, {.axes = axes}); }, Errc::invalid_argument);
  expect_refused([&] { argmax(iota({2, 2, 2}), {.axes = {{0, 1}}}); }, Errc::invalid_argument);
  expect_refused([&] { norm(x, {.ord = 3}); }, Errc::invalid_argument);
  expect_refused([&] { reduce("total", x, {}); }, Errc::invalid_argument);
  EXPECT_EQ(eval_scalar(norm(Array::of<double>(std::vector<double>{3, -4}, {2}))), 5);
  EXPECT_EQ(eval_scalar(norm(Array::of<double>(std::vector<double>{3, -4}, {2}), {.ord = 1})), 7);
  EXPECT_EQ(eval_scalar(norm(Array::of<double>(std::vector<double>{3, -4}, {2}), {.ord = INFINITY})), 4);
}

TEST(Eval, BitsDoNotDependOnThreads) {
  const Array x = test::random_array({1 << 20}, DType::f32, 9), grid = x.reshape({1024, 1024});
  const auto results = [&] {
    return std::vector<Array>{eval(sum(sqrt(abs(x)) + square(x))), eval(sin(x) * x), eval(sum(grid, {.axes = {{0}}})),
                              eval(var(grid, {.axes = {{1}}})),    eval(prod(x)),    eval(argmax(x))};
  };
  const auto many = results();
  const ThreadLimit one(1);
  const auto single = results();
  for (std::size_t k = 0; k < many.size(); ++k)
    EXPECT_EQ(0, std::memcmp(many[k].data(), single[k].data(),
                             static_cast<std::size_t>(many[k].size()) * size_of(many[k].dtype())))
        << k;
}

TEST(Eval, ReductionsInsideExpressionsAreTakenFirst) {
  const Array x = iota({3, 4});
  const Expr centred = Expr(x) - mean(x, {.axes = {{0}}, .keepdims = true});
  EXPECT_EQ(list(eval(sum(centred, {.axes = {{0}}}))), (std::vector<double>{0, 0, 0, 0}));
  EXPECT_EQ(eval_scalar(sum(Expr(x) / sum(x))), 1);
  // A part of fewer elements than the whole is computed once and repeated.
  EXPECT_EQ(list(eval(sqrt(x) + Expr(Array::zeros({2, 3, 4}, DType::f64))))[4], 2);
}

TEST(Eval, ShapesTypesAndNamesThatDoNotFitAreRefused) {
  const Expr a(iota({2, 3})), b(iota({4}));
  expect_refused([&] { a + b; }, Errc::invalid_argument);
  expect_refused([&] { broadcast(a, {3, 3}); }, Errc::invalid_argument);
  expect_refused([&] { broadcast(a, {2, -3}); }, Errc::invalid_argument);
  expect_refused([&] { ~a; }, Errc::invalid_argument);
  expect_refused([&] { a < Expr(std::complex<double>(0, 1)); }, Errc::invalid_argument);
  expect_refused([&] { elementwise("no_such", std::vector<Expr>{a}); }, Errc::invalid_argument);
  expect_refused([&] { elementwise("add", std::vector<Expr>{a}); }, Errc::invalid_argument);
  expect_refused([&] { eval_scalar(a); }, Errc::invalid_argument);
  Expr deep = a;
  expect_refused(
      [&] {
        for (int k = 0; k < 2000; ++k) deep = deep + 1;
      },
      Errc::invalid_argument);
  EXPECT_EQ(list(eval(deep))[0], 999);
}

TEST(Eval, TellsProgressAndStopsOnRequest) {
  const Array x = Array::zeros({1 << 20}, DType::f64);
  double last = 0;
  bool rising = true;
  eval(sqrt(x), {.progress = [&](double done) { rising &= done >= last, last = done; }});
  EXPECT_TRUE(rising);
  EXPECT_EQ(last, 1);
  std::stop_source source;
  source.request_stop();
  expect_refused([&] { eval(sqrt(x), {.stop = source.get_token()}); }, Errc::interrupted);
  expect_refused([&] { eval(sum(x), {.stop = source.get_token()}); }, Errc::interrupted);
}

TEST(Eval, OnAStreamIsWorkOfTheStream) {
  Stream stream;
  std::promise<void> filled;
  Array result;
  {
    const Array x = Array::zeros({1000}, DType::f64);
    stream.call("fill", [x, ready = filled.get_future().share()] {
      ready.wait();
      for (double& v : x.span<double>()) v = 3;
    });
    result = eval(square(x) + 1, stream);
  }
  EXPECT_FALSE(stream.idle());
  filled.set_value();
  stream.synchronize();
  EXPECT_EQ(list(result), std::vector<double>(1000, 10));
  EXPECT_EQ(eval(broadcast(Expr(2), {3}), stream).shape(), Shape{3});
}

TEST(Eval, IsRecordedAndReplayed) {
  const Stream stream;
  const Array x = iota({4});
  Array result;
  const GraphExec exec = Graph::record(stream, [&] { result = eval(sum(x), stream); }).instantiate();
  for (double& v : x.span<double>()) v += 1;
  exec.launch(stream);
  stream.synchronize();
  EXPECT_EQ(result.item<double>(), 10);
}

}  // namespace
}  // namespace fovea
