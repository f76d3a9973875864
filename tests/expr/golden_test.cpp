#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>

#include "base/half.h"
#include "expr/function.h"
#include "fovea/expr.h"
#include "fovea/npy.h"
#include "support/test_data.h"

// Against NumPy's answers: tests/data/make_expr_goldens.py.
namespace fovea {
namespace {

std::vector<std::string> split(const std::string& text, char by) {
  std::vector<std::string> parts;
  std::stringstream in(text);
  for (std::string part; std::getline(in, part, by);) parts.push_back(part);
  return parts;
}

class Goldens {
 public:
  explicit Goldens(const std::string& name)
      : bytes_(load_npy(test::test_data("expr/" + name + ".npy")).value()),
        in_(test::test_data("expr/" + name + ".tsv")) {}

  bool next(std::vector<std::string>& fields) {
    std::string line;
    if (!std::getline(in_, line)) return false;
    fields = split(line, '\t');
    return true;
  }
  // "f32:offset:count", as a copy: the values are not aligned.
  Array array(const std::string& where) const {
    const auto parts = split(where, ':');
    const Array out = Array::empty({std::stoll(parts[2])}, parse_dtype(parts[0]));
    std::memcpy(out.data(), bytes_.data() + std::stoll(parts[1]),
                static_cast<std::size_t>(out.size()) * size_of(out.dtype()));
    return out;
  }

 private:
  Array bytes_;
  std::ifstream in_;
};

// How far apart two numbers are in steps of the type at the expected one; NaN equals NaN, and zeros of either sign.
double steps(double got, double wanted, DType type) {
  if (std::isnan(wanted)) return std::isnan(got) ? 0 : INFINITY;
  if (got == wanted) return 0;
  if (std::isinf(wanted) || std::isinf(got)) return INFINITY;
  const int digits = type == DType::f16 ? 11 : type == DType::f32 || type == DType::c64 ? 24 : 53;
  const int lowest = type == DType::f16 ? -14 : type == DType::f32 || type == DType::c64 ? -126 : -1022;
  const int exponent = std::max(lowest, wanted == 0 ? lowest : std::ilogb(wanted));
  return std::abs(got - wanted) / std::ldexp(1.0, exponent - digits + 1);
}

std::vector<double> doubles(const Array& array) {
  const DType part = part_of(array.dtype());
  const auto count = array.size() * (is_complex(array.dtype()) ? 2 : 1);
  const Array wide = eval(cast(Array::borrow(array.data(), {count}, part, nullptr), DType::f64));
  return {wide.span<double>().begin(), wide.span<double>().end()};
}

const std::map<std::string, int> exact = [] {
  std::map<std::string, int> names;
  for (const char* name : {"add",          "subtract",  "multiply", "negative", "sign",    "square", "sqrt", "floor",
                           "ceil",         "trunc",     "rint",     "maximum",  "minimum", "fmax",   "fmin", "copysign",
                           "floor_divide", "remainder", "fmod",     "conj",     "real",    "imag"})
    names[name] = 1;
  return names;
}();

// Steps that a function may be off: libm's and libmvec's bound for one number, some more for complex ones, whose parts
// are made of several.
double permitted(const std::string& fn, DType operand, DType type) {
  if (is_complex(operand) && !is_complex(type) && is_floating(type)) return fn == "abs" || fn == "angle" ? 1 : 0;
  if (!is_floating(type) && !is_complex(type)) return 0;
  if (is_complex(type)) return exact.count(fn) ? (fn == "square" || fn == "multiply" || fn == "sqrt" ? 2 : 0) : 16;
  return exact.count(fn) || fn == "divide" || fn == "reciprocal" || fn == "abs" ? 0 : type == DType::f16 ? 1 : 4;
}

void expect_close(const Array& got, const Array& wanted, double most, const std::string& what) {
  const auto a = doubles(got), b = doubles(wanted);
  ASSERT_EQ(a.size(), b.size()) << what;
  if (is_integer(got.dtype())) {
    const auto bytes = static_cast<std::size_t>(got.size()) * size_of(got.dtype());
    EXPECT_EQ(0, std::memcmp(got.data(), wanted.data(), bytes)) << what;
    return;
  }
  for (std::size_t k = 0; k < a.size(); ++k) {
    double off = steps(a[k], b[k], got.dtype());
    if (is_complex(got.dtype()) && off > most) {  // relative to the modulus
      const double scale = std::hypot(b[k & ~std::size_t{1}], b[k | 1]);
      off = std::abs(a[k] - b[k]) / (scale * (got.dtype() == DType::c64 ? 1.2e-7 : 2.3e-16));
    }
    EXPECT_LE(off, most) << what << " element " << k << ": got " << a[k] << ", expected " << b[k];
  }
}

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
