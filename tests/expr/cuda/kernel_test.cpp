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

// The first kernel that the expression's fold needs.
std::string fold_body(const Expr& expr) {
  class First final : public KernelTarget {
   public:
    Array allocate(Shape shape, DType dtype) override { return Array::zeros(std::move(shape), dtype); }
    void launch(const KernelLaunch& kernel) override {
      if (body.empty()) body = kernel.body;
    }
    std::string body;
  } target;
  evaluated_by_kernels(pointer(expr), target);
  return target.body;
}

// All but the first element of what is allocated, so that it lies off the places of loads.
Array shifted(const Array& x) {
  const std::int64_t n = x.size();
  const Array room = Array::zeros({n + 1}, x.dtype()), there = room.slice(0, {1});
  std::copy(x.data(), x.data() + bytes_of(x), there.data());
  return there.reshape(x.shape());
}

TEST(Kernel, RunsOfTermsAreLoadedAtOnceWhereTheyLieTogether) {
  const auto loads = [](const Expr& expr, const std::string& several) {
    return fold_body(expr).find("const Several<" + several + ">*>(") != std::string::npos;
  };
  const auto of = [](const Shape& shape, DType dtype) { return random_array(shape, dtype, 1); };
  const Reduction rows{.axes = {{1}}};
  EXPECT_TRUE(loads(sum(of({1000}, DType::f32)), "f32, 4"));
  EXPECT_TRUE(loads(mean(of({1000}, DType::u8)), "u8, 16"));
  EXPECT_TRUE(loads(max(of({1000}, DType::f16)), "f16, 8"));
  EXPECT_TRUE(loads(min(of({1000}, DType::bf16)), "bf16, 8"));
  EXPECT_TRUE(loads(sum(of({1000}, DType::f64)), "f64, 2"));
  EXPECT_TRUE(loads(sum(of({5, 8}, DType::f32), rows), "f32, 4"));
  EXPECT_TRUE(loads(sum(of({3, 8, 5, 8}, DType::f32), {.axes = {{1, 3}}}), "f32, 4"));
  const Expr mixed = sum(Expr(of({64}, DType::f32)) * of({64}, DType::u8));
  EXPECT_TRUE(loads(mixed, "f32, 4") && loads(mixed, "u8, 4"));
  EXPECT_TRUE(loads(sum(Expr(of({6, 8}, DType::f32)) * of({6, 1}, DType::f32), rows), "f32, 4"));

  EXPECT_FALSE(loads(sum(shifted(of({1000}, DType::f32))), "f32, 4"));
  EXPECT_FALSE(loads(sum(of({5, 7}, DType::f32), rows), "f32, 4"));
  EXPECT_FALSE(loads(sum(of({3, 8, 5, 7}, DType::f32), {.axes = {{1, 3}}}), "f32, 4"));
  EXPECT_FALSE(loads(sum(of({8, 8}, DType::f32), {.axes = {{0}}}), "f32, 4"));
  EXPECT_FALSE(loads(sum(of({64}, DType::f32).slice(0, {.step = -1})), "f32, 4"));
  EXPECT_FALSE(loads(sum(of({64}, DType::f32).slice(0, {.step = 2})), "f32, 4"));
  EXPECT_FALSE(loads(sum(of({8, 12}, DType::f32).slice(1, {2, 10}), rows), "f32, 4"));
  EXPECT_FALSE(loads(sum(Expr(of({64}, DType::f32)) * shifted(of({64}, DType::u8))), "f32, 4"));
}

// Of columns that lie side by side, when there are so many that blocks are left for all multiprocessors.
TEST(Kernel, ColumnsAreLoadedTogetherWhereTheyLieSideBySide) {
  const auto loads = [](const Expr& expr, const std::string& several) {
    return fold_body(expr).find("const Several<" + several + ">*>(") != std::string::npos;
  };
  const auto any_loads = [](const Expr& expr) { return fold_body(expr).find("Several<") != std::string::npos; };
  const auto of = [](const Shape& shape, DType dtype) { return Array::empty(shape, dtype); };
  constexpr std::int64_t many = 131'072;
  const Reduction columns{.axes = {{0}}};
  EXPECT_TRUE(loads(sum(of({3, many}, DType::f32), columns), "f32, 4"));
  EXPECT_TRUE(loads(argmax(of({3, many}, DType::u8), columns), "u8, 4"));
  EXPECT_TRUE(loads(max(of({3, many}, DType::f16), columns), "f16, 4"));
  EXPECT_TRUE(loads(sum(of({3, many}, DType::f64), columns), "f64, 2"));
  EXPECT_TRUE(loads(sum(of({3, 2, many}, DType::f32), {.axes = {{1}}}), "f32, 4"));
  EXPECT_TRUE(loads(sum(of({1024, 4096}, DType::i32), columns), "i32, 4")) << "parts make blocks, too";
  const Expr mixed = sum(Expr(of({3, many}, DType::f64)) * of({many}, DType::u8), columns);
  EXPECT_TRUE(loads(mixed, "f64, 2") && loads(mixed, "u8, 2"));
  EXPECT_TRUE(loads(sum(Expr(of({3, many}, DType::f32)) * of({3, 1}, DType::f32), columns), "f32, 4"));
  EXPECT_TRUE(loads(sum(of({3, many + 2}, DType::f32), columns), "f32, 2")) << "rows that begin at every second place";

  EXPECT_FALSE(any_loads(sum(of({3, many + 1}, DType::f32), columns)));
  EXPECT_FALSE(any_loads(sum(of({1, many + 1}, DType::f32), columns)));
  EXPECT_FALSE(any_loads(sum(of({3, many + 4}, DType::f32).slice(1, {0, many + 1}), columns)));
  EXPECT_FALSE(any_loads(sum(of({3, 4096}, DType::f32), columns))) << "too few blocks";
  EXPECT_FALSE(any_loads(sum(of({100'000, 36}, DType::f32), columns))) << "lanes would idle";
  EXPECT_FALSE(any_loads(sum(of({3, many}, DType::c128), columns)));
  EXPECT_FALSE(any_loads(sum(of({3 * many + 1}, DType::f32).slice(0, {1}).reshape({3, many}), columns)));
  EXPECT_FALSE(any_loads(sum(of({3, 2 * many}, DType::f32).slice(1, {.step = 2}), columns)));
  EXPECT_FALSE(any_loads(sum(of({3, many}, DType::f32).slice(1, {.step = -1}), columns)));
  EXPECT_FALSE(any_loads(sum(of({3, many + 1}, DType::f32).slice(1, {0, many}), columns)));
}

const std::vector<std::int64_t> lengths{1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 33, 63, 1023, 1025, 4095, 4097, 70'001};

TEST(Kernel, BitsDoNotDependOnHowTermsAreLoaded) {
  std::vector<std::pair<Expr, Expr>> pairs;
  for (const DType dtype : {DType::f16, DType::bf16, DType::f32, DType::f64, DType::c64})
    for (const std::int64_t n : lengths) {
      const Array x = random_array({n}, dtype, 3), rows = random_array({3, n}, dtype, 4);
      pairs.emplace_back(sum(x), sum(shifted(x)));
      pairs.emplace_back(sum(rows, {.axes = {{1}}}), sum(shifted(rows), {.axes = {{1}}}));
    }
  HostKernels kernels;
  for (const auto& [a, b] : pairs) kernels.gather(a), kernels.gather(b);
  kernels.compile();
  for (const auto& [a, b] : pairs)
    EXPECT_TRUE(same_bits(kernels.value(a), kernels.value(b))) << name(a.dtype()) << to_string(a.shape());
}

TEST(Kernel, EveryTermCountsOnceHoweverItIsLoaded) {
  std::vector<Expr> exprs;
  for (const DType dtype : {DType::boolean, DType::u8, DType::i16, DType::i32, DType::i64})
    for (const std::int64_t n : lengths)
      for (const Array& x : {random_array({n}, dtype, 5), random_array({3, n}, dtype, 6)})
        for (const Array& y : {x, shifted(x)}) {
          const Reduction r{.axes = {{x.ndim() - 1}}};
          exprs.insert(exprs.end(), {sum(y, r), max(y, r), argmax(y, r), all(y, r), sum(Expr(y) * x, r)});
        }
  expect_as_eval(exprs);
}

// docs/kernels.md: the sum of fewer than 4096 f32, step by step.
float sum_in_order(const std::vector<float>& x) {
  constexpr std::size_t run = 4, loads = 4;
  std::size_t lanes = 1;
  while (lanes < 256 && lanes * run < x.size()) lanes *= 2;
  std::vector<std::vector<float>> states(lanes);
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    std::vector<float>& sums = states[lane];
    for (std::size_t load = 0; load < loads; ++load)
      for (std::size_t v = 0; v < run; ++v) {
        const std::size_t i = (load * lanes + lane) * run + v;
        if (i >= x.size()) continue;
        if (sums.size() <= v)
          sums.push_back(x[i]);
        else
          sums[v] += x[i];
      }
  }
  const auto by_halves = [](std::vector<float> terms, std::size_t half) {
    for (; half > 0; half /= 2)
      for (std::size_t k = 0; k < half && k + half < terms.size(); ++k) terms[k] += terms[k + half];
    return terms[0];
  };
  std::vector<float> ends;
  for (const std::vector<float>& sums : states)
    if (!sums.empty()) ends.push_back(by_halves(sums, run / 2));
  return by_halves(ends, lanes / 2);
}

TEST(Kernel, SumsAreInTheOrderOfTheDocumentation) {
  std::vector<Expr> exprs;
  std::vector<float> wanted;
  for (std::int64_t n = 1; n <= 4096; n = n * 9 / 8 + 1) {
    const Array x = random_array({n}, DType::f32, static_cast<unsigned>(n));
    exprs.push_back(sum(x));
    wanted.push_back(sum_in_order({x.span<float>().begin(), x.span<float>().end()}));
  }
  HostKernels kernels;
  for (const Expr& expr : exprs) kernels.gather(expr);
  kernels.compile();
  for (std::size_t k = 0; k < exprs.size(); ++k) EXPECT_EQ(kernels.value(exprs[k]).item<float>(), wanted[k]) << k;
}

// The same of a column, f32 of at most 128 terms, where columns lie side by side.
float column_in_order(const Array& x, std::int64_t column) {
  const auto values = x.span<float>();
  const auto term = [&](std::int64_t k) { return values[static_cast<std::size_t>(k * x.shape()[1] + column)]; };
  std::int64_t lanes = 1;
  while (lanes < 8 && lanes < x.shape()[0]) lanes *= 2;
  std::vector<float> sums;
  for (std::int64_t lane = 0; lane < std::min(lanes, x.shape()[0]); ++lane) {
    sums.push_back(term(lane));
    for (std::int64_t k = lane + lanes; k < x.shape()[0]; k += lanes) sums.back() += term(k);
  }
  for (std::size_t half = static_cast<std::size_t>(lanes) / 2; half > 0; half /= 2)
    for (std::size_t k = 0; k < half && k + half < sums.size(); ++k) sums[k] += sums[k + half];
  return sums[0];
}

TEST(Kernel, ColumnsAreInTheOrderOfTheDocumentationHoweverTheyAreLoaded) {
  std::vector<Array> arrays;
  for (const Shape& shape : {Shape{128, 32'768}, {37, 33'000}, {5, 70'000}, {3, 131'072}, {1, 262'144}, {100, 60}})
    arrays.push_back(random_array(shape, DType::f32, static_cast<unsigned>(shape[0])));
  const Reduction columns{.axes = {{0}}};
  HostKernels kernels;
  for (const Array& x : arrays) kernels.gather(sum(x, columns)), kernels.gather(sum(shifted(x), columns));
  kernels.compile();
  for (const Array& x : arrays) {
    const Array sums = kernels.value(sum(x, columns));
    EXPECT_TRUE(same_bits(sums, kernels.value(sum(shifted(x), columns)))) << to_string(x.shape());
    for (std::int64_t c = 0; c < x.shape()[1]; c += 7)
      ASSERT_EQ(sums.span<float>()[static_cast<std::size_t>(c)], column_in_order(x, c))
          << to_string(x.shape()) << ", column " << c;
  }
}

TEST(Kernel, BitsOfColumnsDoNotDependOnHowTheyAreLoaded) {
  std::vector<std::pair<Expr, Expr>> pairs;
  for (const DType dtype : {DType::f16, DType::bf16, DType::f32, DType::f64, DType::c64})
    for (const Shape& shape : {Shape{300, 12'288}, {6, 5, 33'024}}) {
      const Array x = random_array(shape, dtype, 7), row = random_array({shape.back()}, dtype, 8);
      const Reduction r{.axes = {{x.ndim() - 2}}};
      pairs.emplace_back(sum(Expr(x) * row, r), sum(Expr(shifted(x)) * row, r));
    }
  HostKernels kernels;
  for (const auto& [a, b] : pairs) kernels.gather(a), kernels.gather(b);
  kernels.compile();
  for (const auto& [a, b] : pairs)
    EXPECT_TRUE(same_bits(kernels.value(a), kernels.value(b))) << name(a.dtype()) << to_string(a.shape());
}

TEST(Kernel, EveryTermOfEveryColumnCountsOnce) {
  std::vector<Expr> exprs;
  for (const DType dtype : {DType::boolean, DType::u8, DType::i16, DType::i32, DType::i64})
    for (const Shape& shape : {Shape{37, 33'000}, Shape{260, 16'384}}) {
      const Array x = random_array(shape, dtype, 9);
      const Reduction r{.axes = {{0}}};
      const Expr in_columns = Expr(x) * random_array({shape[0], 1}, dtype, 10);
      exprs.insert(exprs.end(), {sum(x, r), max(x, r), argmax(x, r), all(x, r), sum(in_columns, r)});
    }
  expect_as_eval(exprs);
}

// Not run: of so many terms only the launches are looked at.
TEST(Kernel, LevelsOfAFoldLeadToOnePart) {
  class Launches final : public KernelTarget {
   public:
    Array allocate(Shape shape, DType dtype) override { return Array::empty(std::move(shape), dtype); }
    void launch(const KernelLaunch& kernel) override { levels.push_back(kernel.operands); }
    std::vector<std::vector<std::uint64_t>> levels;
  };
  constexpr std::int64_t n = 3'000'000'000;
  const Array one = Array::zeros({1, 1}, DType::u8);
  for (const auto& [shape, run, columns_innermost] :
       {std::tuple(Shape{1, n}, 16u, false), std::tuple(Shape{n / 32, 32}, 1u, true)}) {
    Launches target;
    evaluated_by_kernels(pointer(sum(one.broadcast(shape), {.axes = {{columns_innermost ? 0 : 1}}})), target);
    ASSERT_EQ(target.levels.size(), 3u);
    std::uint64_t terms = columns_innermost ? n / 32 : n;
    for (std::size_t k = 0; k < 3; ++k) {
      const auto* word = target.levels[k].data() + 3;  // behind three pointers
      const std::uint64_t columns = word[0], length = word[1], width = word[2], runs = word[3], parts = word[4];
      EXPECT_EQ(columns, columns_innermost ? 32u : 1u);
      EXPECT_EQ(length, terms);
      EXPECT_EQ(parts == 1, k == 2);
      const std::uint64_t height = 256 / width * runs * (k == 0 ? run : 1);
      EXPECT_TRUE(parts * height >= length && (parts - 1) * height < length) << k;
      terms = parts;
    }
  }
}

TEST(Kernel, SeveralLevelsOfAFoldFindTheFirstExtremeAndNaN) {
  constexpr std::int64_t n = 4096 * 4096 + 5000;
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
  // 4 loads a lane into 4 sums, these and 8 steps of the tree a level: less than 24 roundings of 2^-24 for a factor of
  // 4096.
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
