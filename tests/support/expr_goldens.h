#pragma once
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>

#include "expr/function.h"
#include "fovea/expr.h"
#include "fovea/npy.h"
#include "support/test_data.h"

// NumPy's answers, from tests/data/make_expr_goldens.py, and how far from them ours may be.
namespace fovea::test {

inline std::vector<std::string> split(const std::string& text, char by) {
  std::vector<std::string> parts;
  std::stringstream in(text);
  for (std::string part; std::getline(in, part, by);) parts.push_back(part);
  return parts;
}

class Goldens {
 public:
  explicit Goldens(const std::string& name)
      : bytes_(load_npy(test_data("expr/" + name + ".npy")).value()), in_(test_data("expr/" + name + ".tsv")) {}

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
inline double steps(double got, double wanted, DType type) {
  if (std::isnan(wanted)) return std::isnan(got) ? 0 : INFINITY;
  if (got == wanted) return 0;
  if (std::isinf(wanted) || std::isinf(got)) return INFINITY;
  const int digits = type == DType::f16 ? 11 : type == DType::f32 || type == DType::c64 ? 24 : 53;
  const int lowest = type == DType::f16 ? -14 : type == DType::f32 || type == DType::c64 ? -126 : -1022;
  const int exponent = std::max(lowest, wanted == 0 ? lowest : std::ilogb(wanted));
  return std::abs(got - wanted) / std::ldexp(1.0, exponent - digits + 1);
}

inline std::vector<double> doubles(const Array& array) {
  const DType part = part_of(array.dtype());
  const auto count = array.size() * (is_complex(array.dtype()) ? 2 : 1);
  const Array wide = eval(cast(Array::borrow(array.data(), {count}, part, nullptr), DType::f64));
  return {wide.span<double>().begin(), wide.span<double>().end()};
}

inline const std::map<std::string, int> exact = [] {
  std::map<std::string, int> names;
  for (const char* name : {"add",          "subtract",  "multiply", "negative", "sign",    "square", "sqrt", "floor",
                           "ceil",         "trunc",     "rint",     "maximum",  "minimum", "fmax",   "fmin", "copysign",
                           "floor_divide", "remainder", "fmod",     "conj",     "real",    "imag"})
    names[name] = 1;
  return names;
}();

// Steps that a function may be off: libm's and libmvec's bound for one number, some more for complex ones, whose parts
// are made of several.
inline double permitted(const std::string& fn, DType operand, DType type) {
  if (is_complex(operand) && !is_complex(type) && is_floating(type)) return fn == "abs" || fn == "angle" ? 1 : 0;
  if (!is_floating(type) && !is_complex(type)) return 0;
  if (is_complex(type)) return exact.count(fn) ? (fn == "square" || fn == "multiply" || fn == "sqrt" ? 2 : 0) : 16;
  return exact.count(fn) || fn == "divide" || fn == "reciprocal" || fn == "abs" ? 0 : type == DType::f16 ? 1 : 4;
}

inline void expect_close(const Array& got, const Array& wanted, double most, const std::string& what) {
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

}  // namespace fovea::test
