#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "fovea/correlate.h"
#include "fovea/expr.h"
#include "fovea/fft.h"
#include "fovea/filters.h"
#include "fovea/language.h"
#include "fovea/linalg.h"
#include "fovea/npy.h"
#include "fovea/sorting.h"
#include "support/test_data.h"

// Every row of the table in docs/arrays.md: NumPy's value (tests/data/make_arrays_goldens.py), eval's and C++'s.
namespace fovea {
namespace {

Array operand(const std::string& name) {
  return load_npy(test::test_data("arrays/" + name + ".npy")).value();
}

void expect_alike(const Array& got, const Array& wanted, const std::string& what) {
  EXPECT_EQ(name(got.dtype()), name(wanted.dtype())) << what;
  ASSERT_EQ(got.shape(), wanted.shape()) << what;
  const auto parts = [](const Array& array) { return eval(cast(array, DType::c128)).reshape({-1}); };
  const Array a = parts(got), b = parts(wanted);
  const double eps = got.dtype() == DType::f32 ? 1e-7 : 1e-13;
  for (std::size_t k = 0; k < a.span<std::complex<double>>().size(); ++k) {
    const auto u = a.span<std::complex<double>>()[k], v = b.span<std::complex<double>>()[k];
    if (std::isnan(v.real()) && std::isnan(u.real())) continue;
    EXPECT_LE(std::abs(u - v), eps * std::max(1.0, std::abs(v))) << what << " element " << k;
  }
}

TEST(ArraysTable, EveryRowGivesNumPysValue) {
  const Array x = operand("x"), y = operand("y"), n = operand("n"), z = operand("z"), img = operand("img"),
              k = operand("k");
  const std::map<std::string, language::Value, std::less<>> names{{"x", {x}}, {"y", {y}},     {"n", {n}},
                                                                  {"z", {z}}, {"img", {img}}, {"k", {k}}};
  std::ifstream rows(test::test_data("arrays/rows.txt"));
  int count = 0;
  const auto check = [&](const std::string& numpy, const std::string& source, const Expr& cpp) {
    std::string line;
    std::getline(rows, line);
    ASSERT_EQ(line, numpy) << "the table has changed: run make_arrays_goldens.py";
    const std::string index = (count < 10 ? "0" : "") + std::to_string(count);
    const Array wanted = load_npy(test::test_data("arrays/row" + index + ".npy")).value();
    ++count;
    expect_alike(eval(cpp), wanted, "C++: " + numpy);
    try {
      expect_alike(eval(language::to_expr(language::Program(source).run(names))), wanted, "eval: " + source);
    } catch (const Error& error) {
      ADD_FAILURE() << source << ": " << error.what();
    }
  };
#define ROW(numpy, source, cpp) check(numpy, source, cpp);
#include "arrays_table.inc"
#undef ROW
  EXPECT_GE(count, 50);
}

}  // namespace
}  // namespace fovea
