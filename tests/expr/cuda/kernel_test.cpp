#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>

#include "suites/op_cases.h"
#include "support/expect_error.h"
#include "support/host_kernels.h"

// Generated kernels, run on the host, against eval().
namespace fovea {
namespace {

using test::HostKernels;
using test::random_array;

std::size_t bytes_of(const Array& array) {
  return static_cast<std::size_t>(array.size()) * size_of(array.dtype());
}

bool same_bits(const Array& a, const Array& b) {
  return a.shape() == b.shape() && a.dtype() == b.dtype() && std::equal(a.data(), a.data() + bytes_of(a), b.data());
}

// Kernels for all of these, each then compared bit by bit.
void expect_as_eval(const std::vector<Expr>& exprs) {
  HostKernels kernels;
  for (const Expr& expr : exprs) kernels.gather(expr);
  kernels.compile();
  for (std::size_t k = 0; k < exprs.size(); ++k)
    EXPECT_TRUE(same_bits(kernels.value(exprs[k]), eval(exprs[k])))
        << k << " of " << exprs.size() << ", shape " << to_string(exprs[k].shape());
}

std::vector<Array> layouts(const Shape& shape, DType dtype) {
  Shape doubled = shape, reversed(shape.rbegin(), shape.rend()), column = shape;
  for (auto& extent : doubled) extent = 2 * extent + 1;
  column.back() = 1;
  Array strided = random_array(doubled, dtype, 1), backward = random_array(shape, dtype, 2);
  for (int axis = 0; axis < static_cast<int>(shape.size()); ++axis) {
    strided = strided.slice(axis, {1, Slice::none, 2});
    backward = backward.slice(axis, {.step = -1});
  }
  return {random_array(shape, dtype, 4),
          random_array(reversed, dtype, 5).transpose(),
          strided,
          backward,
          random_array({shape.back()}, dtype, 3).broadcast(shape),
          random_array(column, dtype, 6).broadcast(shape)};
}

TEST(Kernel, EveryPairOfLayoutsGivesTheElementsInPlace) {
  std::vector<Expr> exprs;
  for (const Shape& shape : {Shape{3}, Shape{5, 3}, Shape{33, 65}, Shape{2, 1, 70, 3}, Shape{3, 4, 1025}})
    for (const Array& a : layouts(shape, DType::f64))
      for (const Array& b : layouts(shape, DType::f32)) exprs.push_back(Expr(a) - Expr(b) * 2);
  expect_as_eval(exprs);
}

TEST(Kernel, ShapesWithoutElementsAndWithoutAxes) {
  const Array none = Array::zeros({0, 3}, DType::f64), scalar = Array::full({}, 4.0);
  expect_as_eval({Expr(none) + 1, sqrt(scalar), Expr(none) + Array::zeros({1, 3}, DType::f32), sum(none),
                  sum(none, {.axes = {{0}}}), prod(none, {.axes = {{0}}}), all(none), any(none), sum(scalar),
                  argmax(scalar), max(none, {.axes = {{1}}}), mean(scalar), broadcast(Expr(2.5), {2, 3})});
}

TEST(Kernel, ConversionsBetweenAllTypesSaturateAndRoundOnce) {
  std::vector<double> values{0,
                             -0.0,
                             1,
                             -1,
                             0.5,
                             2.5,
                             1e9,
                             -1e300,
                             1e39,
                             65519.9,
                             65520,
                             1 + 0x1p-11 + 0x1p-40,
                             0x1p-25,
                             0x1.8p-25,
                             1 + 0x1p-8 + 0x1p-40,
                             std::numeric_limits<double>::infinity(),
                             -std::numeric_limits<double>::infinity(),
                             std::numeric_limits<double>::quiet_NaN()};
  for (const int bits : {7, 8, 15, 16, 31, 32, 63})
    for (const double bound : {std::ldexp(1, bits), -std::ldexp(1, bits)})
      for (const double off : {-1, 0, 1}) values.push_back(bound + off);
  const Array wide = Array::of<double>(values, {static_cast<std::int64_t>(values.size())});
  std::vector<Expr> exprs;
  for (int from = 0; from <= static_cast<int>(DType::c128); ++from) {
    const Array x = eval(cast(wide, static_cast<DType>(from)));
    for (int to = 0; to <= static_cast<int>(DType::c128); ++to) exprs.push_back(cast(x, static_cast<DType>(to)));
  }
  expect_as_eval(exprs);
}

TEST(Kernel, SumsOfIntegersAndChoicesOverAllAxesAreExact) {
  std::vector<Expr> exprs;
  const std::vector<std::vector<int>> sets{{0}, {1}, {2}, {0, 1}, {0, 2}, {1, 2}, {0, 1, 2}};
  for (const Shape& shape : {Shape{5, 4, 3}, Shape{2, 300, 5}, Shape{1, 20, 700}, Shape{700, 20, 1}})
    for (const Array& x : layouts(shape, DType::i32))
      for (const auto& axes : sets) {
        const Reduction r{.axes = axes};
        exprs.insert(exprs.end(), {sum(x, r), max(x, r), count_nonzero(Expr(x) % 3, r), all(Expr(x) % 5, r)});
        if (axes.size() != 2) exprs.insert(exprs.end(), {argmin(Expr(x) % 7, r), argmax(Expr(x) % 7, r)});
      }
  expect_as_eval(exprs);
}

TEST(Kernel, SeveralLevelsOfAFoldFindTheFirstExtremeAndNaN) {
  constexpr std::int64_t n = 4096 * 4096 + 5000;  // three launches
  Array ties = Array::zeros({n}, DType::u8), nan = Array::zeros({100'000}, DType::f32);
  ties.span<std::uint8_t>()[10'000'001] = ties.span<std::uint8_t>()[16'000'000] = 9;
  nan.span<float>()[70'000] = nan.span<float>()[90'000] = std::numeric_limits<float>::quiet_NaN();
  HostKernels kernels;
  for (const Expr& e : {argmax(ties), sum(ties), argmin(nan), max(nan)}) kernels.gather(e);
  kernels.compile();
  EXPECT_EQ(kernels.value(argmax(ties)).item<std::int64_t>(), 10'000'001);
  EXPECT_EQ(kernels.value(sum(ties)).item<std::int64_t>(), 18);
  EXPECT_EQ(kernels.value(argmin(nan)).item<std::int64_t>(), 70'000);
  EXPECT_TRUE(std::isnan(kernels.value(max(nan)).item<float>()));
}

TEST(Kernel, ErrorsOfSumsGrowAsTheLogarithmOfTheirTerms) {
  const Array x = Array::full({1 << 20}, 0.1f, DType::f32), tall = Array::full({1 << 18, 3}, 0.1f, DType::f32);
  HostKernels kernels;
  const Expr total = sum(x), columns = sum(tall, {.axes = {{0}}});
  kernels.gather(total);
  kernels.gather(columns);
  kernels.compile();
  const double tenth = 0.1f;
  // 16 terms a lane and 8 steps of the tree a level: at most 24 roundings of 2^-24 for a factor of 4096.
  EXPECT_NEAR(kernels.value(total).item<float>(), tenth * (1 << 20), tenth * (1 << 20) * 48 * 0x1p-24);
  const Array sums = kernels.value(columns);
  for (const float sum : sums.span<float>()) EXPECT_NEAR(sum, tenth * (1 << 18), tenth * (1 << 18) * 72 * 0x1p-24);
}

TEST(Kernel, BitsOfASumFollowFromTheShapeAlone) {
  const Array x = random_array({300, 70, 4}, DType::f32, 1);
  const std::vector<int> turn{2, 0, 1}, back{1, 2, 0};
  const Array strided = x.transpose(turn).copy().transpose(back);
  ASSERT_NE(strided.strides(), x.strides());
  HostKernels kernels;
  for (const std::vector<int>& axes : {std::vector<int>{0}, {1}, {2}, {0, 1}, {0, 1, 2}}) {
    kernels.gather(sum(x, {.axes = axes}));
    kernels.gather(sum(strided, {.axes = axes}));
  }
  kernels.compile();
  for (const std::vector<int>& axes : {std::vector<int>{0}, {1}, {2}, {0, 1}, {0, 1, 2}})
    EXPECT_TRUE(same_bits(kernels.value(sum(x, {.axes = axes})), kernels.value(sum(strided, {.axes = axes}))));
}

TEST(Kernel, ReductionsInsideOfExpressionsAreOperands) {
  const Array x = Array::arange(Scalar(0), Scalar(12)).reshape({3, 4});
  const Expr f = cast(x, DType::f64), off = f - mean(f, {.axes = {{1}}, .keepdims = true});
  const Expr share = f / sum(f), spread = var(x, {.axes = {{1}}});
  expect_as_eval({off, share, spread, std(x), max(f) - min(f) + f, norm(x), where(Expr(x) > mean(x), x, 0)});
}

TEST(Kernel, PlacesBeyond32BitsAreReached) {
  constexpr std::int64_t step = (std::int64_t{1} << 31) + 7;
  const Array wide = Array::empty({step + 1}, DType::u8);
  wide.data()[0] = std::byte{3};
  wide.data()[step] = std::byte{250};
  const Array ends = wide.slice(0, {0, Slice::none, step});
  expect_as_eval({Expr(ends) + 1, sum(ends)});
}

TEST(Kernel, TextsDependOnFunctionsAndTypesNotOnExtentsAndNumbers) {
  HostKernels kernels;
  const auto both = [&](const Array& x, double factor) {
    kernels.gather(exp(x) * factor);
    kernels.gather(mean(x, {.axes = {{0}}}));
  };
  both(random_array({10, 4}, DType::f32, 1), 0.5);
  const std::size_t first = kernels.distinct();
  both(random_array({5000, 70}, DType::f32, 1), 0.7);
  EXPECT_EQ(kernels.distinct(), first);
  kernels.gather(exp(random_array({10, 4}, DType::f64, 1)) * 0.5);
  EXPECT_EQ(kernels.distinct(), first + 1);
}

// docs/kernels.md shows a kernel.
TEST(Kernel, TheTextInTheDocumentationIsWhatIsWritten) {
  const Array x = random_array({40, 30}, DType::f32, 1), b = random_array({30}, DType::f32, 2);
  const NodePointer node = pointer(exp(x) * 0.5 + b);
  const ElementCode code(node, [](const NodePointer&) { return Array(); });
  const std::string body = elementwise_kernel(code, Array::empty(node->shape, node->dtype)).body;
  std::ifstream in(FOVEA_SOURCE_DIR "/docs/kernels.md");
  const std::string page{std::istreambuf_iterator<char>(in), {}};
  EXPECT_NE(page.find("```cpp" + body + "```"), std::string::npos) << body;
}

TEST(Kernel, TooManyOperandsAreRefused) {
  Expr total = random_array({2, 3}, DType::f32, 0).transpose();
  for (unsigned k = 1; k < 200; ++k) total = total + random_array({2, 3}, DType::f32, k).transpose();
  HostKernels kernels;
  test::expect_error(Errc::unsupported, "eval: expected an expression whose operands' places take at most 4096 bytes",
                     [&] {
                       kernels.gather(total + random_array({3, 2}, DType::f32, 0));
                     });
}

}  // namespace
}  // namespace fovea
