#include <gtest/gtest.h>

#include "support/expr_goldens.h"

namespace fovea {
namespace {

using test::expect_close;
using test::Goldens;
using test::permitted;
using test::split;

TEST(ExprGolden, ElementwiseFunctionsAnswerAsNumPy) {
  Goldens goldens("elementwise");
  std::vector<std::string> fields;
  int cases = 0;
  while (goldens.next(fields)) {
    const std::string what = fields[0] + " of " + split(fields[1], ':')[0];
    std::vector<Expr> operands;
    for (std::size_t k = 1; k + 1 < fields.size(); ++k) operands.push_back(goldens.array(fields[k]));
    if (fields.back() == "refused") {
      EXPECT_THROW(eval(elementwise(fields[0], operands)), Error) << what;
      continue;
    }
    const Array wanted = goldens.array(fields.back());
    const Array got = eval(elementwise(fields[0], operands));
    EXPECT_EQ(name(got.dtype()), name(wanted.dtype())) << what;
    if (got.dtype() != wanted.dtype()) continue;
    expect_close(got, wanted, permitted(fields[0], operands[0].dtype(), wanted.dtype()), what);
    ++cases;
  }
  EXPECT_GT(cases, 700);
}

TEST(ExprGolden, TypesPromoteAsInNumPy) {
  std::ifstream in(test::test_data("expr/promotions.tsv"));
  const std::map<std::string, Expr> scalars{
      {"bool", Expr(true)}, {"int", Expr(1)}, {"float", Expr(1.0)}, {"complex", Expr(std::complex<double>(0, 1))}};
  int cases = 0;
  for (std::string line; std::getline(in, line); ++cases) {
    const auto fields = split(line, '\t');
    const Expr left(Array::zeros({1}, parse_dtype(fields[0])));
    const auto scalar = scalars.find(fields[1]);
    const bool weak = scalar != scalars.end() && !(fields[1] == "bool" && cases < 144);
    const Expr right = weak ? scalar->second : Expr(Array::zeros({1}, parse_dtype(fields[1])));
    EXPECT_EQ(name((left + right).dtype()), fields[2]) << line;
    EXPECT_EQ(name((right + left).dtype()), fields[2]) << line;
  }
  EXPECT_EQ(cases, 192);
}

TEST(ExprGolden, ReductionsAnswerAsNumPy) {
  Goldens goldens("reductions");
  std::vector<std::string> f;
  int cases = 0;
  while (goldens.next(f)) {
    Shape shape;
    for (const std::string& extent : split(f[2], ',')) shape.push_back(std::stoll(extent));
    const Array x = goldens.array(f[1]).reshape(shape);
    Reduction r;
    if (f[3] != "all") {
      r.axes.emplace();
      for (const std::string& axis : split(f[3], ',')) r.axes->push_back(std::stoi(axis));
    }
    const std::string what = f[0] + " of " + f[1] + to_string(shape) + " over " + f[3];
    const Array wanted = goldens.array(f[4]);
    const Array got = eval(reduce(f[0], x, r));
    ASSERT_EQ(name(got.dtype()), name(wanted.dtype())) << what;
    const bool rounded = is_floating(got.dtype()) || is_complex(got.dtype());
    // Terms of either sign: steps of the largest partial sum, which is below the count times 4.
    const double most = f[0] == "sum" || f[0] == "mean" ? 4.0 * static_cast<double>(x.size()) : 16;
    expect_close(got.copy().reshape({-1}), wanted, rounded ? most : 0, what);
    Reduction kept = r;
    kept.keepdims = true;
    const Array same = eval(reduce(f[0], x, kept));
    EXPECT_EQ(same.ndim(), x.ndim()) << what;
    EXPECT_EQ(0, std::memcmp(same.data(), got.data(), static_cast<std::size_t>(got.size()) * size_of(got.dtype())));
    ++cases;
  }
  EXPECT_EQ(cases, 2772);
}

}  // namespace
}  // namespace fovea
