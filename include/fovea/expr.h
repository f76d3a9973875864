#pragma once
#include <complex>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "fovea/array.h"

namespace fovea {

// A lazy elementwise expression over arrays: building one computes nothing and copies no elements. Operands broadcast
// and types promote by NumPy's rules; C++ numbers are weak scalars, which take the kind of the arrays beside them
// (NEP 50). bf16 promotes like f16, and the two together to f32. Immutable; copies share. It keeps its arrays alive and
// reads them when it is evaluated. Functions throw Error(invalid_argument) when shapes or types do not fit, and for
// arrays of several devices.
class Expr {
 public:
  Expr(Array array);
  template <class T>
  requires std::is_arithmetic_v<T> Expr(T value)
      : Expr(std::is_same_v<T, bool> ? weak(value != T{})
             : std::is_integral_v<T> ? weak(static_cast<std::int64_t>(value))
                                     : weak(static_cast<double>(value))) {}
  Expr(std::complex<double> value);

  const Shape& shape() const;
  DType dtype() const;  // of the result; a weak scalar by itself is bool, i64, f64 or c128
  bool weak() const;    // made of C++ numbers alone

  struct Node;
  explicit Expr(std::shared_ptr<const Node> node) : node_(std::move(node)) {}
  const Node& node() const { return *node_; }

 private:
  static Expr weak(bool);
  static Expr weak(std::int64_t);
  static Expr weak(double);
  std::shared_ptr<const Node> node_;
};

struct EvalOptions {
  std::function<void(double done)> progress = {};  // share of the work so far, 0 to 1; from any thread, one at a time
  std::stop_token stop = {};                       // a request ends the evaluation with Error(interrupted)
};
// Computes the expression: every input is read once, block by block through the caches, over the thread budget; no
// array of the operands' size is made but the result. The same bits for any number of threads. Thread-safe.
//
// Of arrays on a CUDA device the result is there too: one kernel is generated, compiled by NVRTC (some 0.1 to 1 s, once
// for all extents and numbers; kept on disk) and run, and one or a few for each reduction. Sums and transcendental
// functions differ from the CPU's in last digits. Waits for the result; progress tells its end alone, and a stop
// request counts before it begins. Throws Error(not_found) without NVRTC, Error(unsupported) for expressions of so many
// operands that their places take more than 4096 bytes.
Array eval(const Expr&, const EvalOptions& = {});
// The same enqueued to a stream, of the device of the arrays: the result is for later work of that stream. The
// expression's arrays are kept until then. On the CPU, errors come out of the stream's synchronize().
Array eval(const Expr&, const Stream&);
// The same into an array that is there, a memory map for example; its shape and type must be the expression's, and it
// must be writable. It may be one of the operands itself, not an overlapping view of one.
void eval_into(const Expr&, const Array& out, const EvalOptions& = {});
// Evaluates an expression of one element. Throws Error(invalid_argument) for more.
double eval_scalar(const Expr&, const EvalOptions& = {});

// One function of this page by its name, for languages that are read at run time.
struct FunctionInfo {
  std::string_view name;
  int arity;  // 1, 2 or 3
  std::string_view summary;
};
std::span<const FunctionInfo> elementwise_functions();
Expr elementwise(std::string_view name, std::span<const Expr> operands);

using Axes = std::optional<std::vector<int>>;  // none: all; negative ones count from the end
struct Reduction {
  Axes axes = {};
  bool keepdims = false;
  std::int64_t ddof = 0;  // of var and std: the divisor is count - ddof
  double ord = 2;         // of norm: 1, 2, or infinity
};
std::span<const FunctionInfo> reduction_functions();
Expr reduce(std::string_view name, const Expr&, const Reduction&);

// Type and shape.
Expr cast(const Expr&, DType);  // as a C++ conversion; floating values out of an integer's range saturate, NaN gives 0
Expr broadcast(const Expr&, Shape);

// Arithmetic. / of integers gives f64; floor_divide and remainder round towards minus infinity; integers wrap around,
// and division of integers by 0 gives 0.
Expr operator+(const Expr&, const Expr&);
Expr operator-(const Expr&, const Expr&);
Expr operator*(const Expr&, const Expr&);
Expr operator/(const Expr&, const Expr&);
Expr operator%(const Expr&, const Expr&);  // remainder()
Expr operator-(const Expr&);

Expr negative(const Expr&);
Expr abs(const Expr&);  // of complex numbers: the modulus
Expr sign(const Expr&);
Expr square(const Expr&);
Expr reciprocal(const Expr&);
Expr power(const Expr&, const Expr&);  // integers to negative powers: 0, but for 1 and -1; a negative number: an error
Expr floor_divide(const Expr&, const Expr&);
Expr remainder(const Expr&, const Expr&);  // the sign of the divisor, as % of Python
Expr fmod(const Expr&, const Expr&);       // the sign of the dividend, as % of C
Expr maximum(const Expr&, const Expr&);    // NaN if either is
Expr minimum(const Expr&, const Expr&);
Expr fmax(const Expr&, const Expr&);  // the other one if one is NaN
Expr fmin(const Expr&, const Expr&);
Expr hypot(const Expr&, const Expr&);
Expr copysign(const Expr&, const Expr&);
Expr clip(const Expr&, const Expr& low, const Expr& high);

// Roots, exponentials and logarithms; of integers they give floating types as in NumPy (u8 and i8: f16, 16 bits: f32).
Expr sqrt(const Expr&);
Expr cbrt(const Expr&);
Expr exp(const Expr&);
Expr exp2(const Expr&);
Expr expm1(const Expr&);
Expr log(const Expr&);
Expr log2(const Expr&);
Expr log10(const Expr&);
Expr log1p(const Expr&);

// Trigonometry, in radians.
Expr sin(const Expr&);
Expr cos(const Expr&);
Expr tan(const Expr&);
Expr arcsin(const Expr&);
Expr arccos(const Expr&);
Expr arctan(const Expr&);
Expr arctan2(const Expr& y, const Expr& x);
Expr sinh(const Expr&);
Expr cosh(const Expr&);
Expr tanh(const Expr&);
Expr arcsinh(const Expr&);
Expr arccosh(const Expr&);
Expr arctanh(const Expr&);
Expr deg2rad(const Expr&);
Expr rad2deg(const Expr&);

// Rounding.
Expr floor(const Expr&);
Expr ceil(const Expr&);
Expr trunc(const Expr&);
Expr rint(const Expr&);  // halves to even

// Comparison and logic: bool results. Of integers the bitwise functions work on bits, of bool on truth.
Expr operator==(const Expr&, const Expr&);
Expr operator!=(const Expr&, const Expr&);
Expr operator<(const Expr&, const Expr&);
Expr operator<=(const Expr&, const Expr&);
Expr operator>(const Expr&, const Expr&);
Expr operator>=(const Expr&, const Expr&);
Expr operator&(const Expr&, const Expr&);
Expr operator|(const Expr&, const Expr&);
Expr operator^(const Expr&, const Expr&);
Expr operator~(const Expr&);
Expr operator<<(const Expr&, const Expr&);  // a count outside the type's width: 0, or -1 for >> of a negative number
Expr operator>>(const Expr&, const Expr&);
Expr logical_and(const Expr&, const Expr&);
Expr logical_or(const Expr&, const Expr&);
Expr logical_xor(const Expr&, const Expr&);
Expr logical_not(const Expr&);
Expr isnan(const Expr&);
Expr isinf(const Expr&);
Expr isfinite(const Expr&);
Expr signbit(const Expr&);
Expr where(const Expr& condition, const Expr& then, const Expr& otherwise);

// Complex numbers.
Expr real(const Expr&);
Expr imag(const Expr&);
Expr conj(const Expr&);
Expr angle(const Expr&);  // radians

// Reductions over axes. Sums of integers are i64, of f16 and bf16 summed in f32, pairwise or better always: the error
// of a sum of n terms grows as log n. Empty ones give 0 (sum), 1 (prod), NaN (mean), or for min, max, argmin and argmax
// Error(invalid_argument).
Expr sum(const Expr&, const Reduction& = {});
Expr prod(const Expr&, const Reduction& = {});
Expr mean(const Expr&, const Reduction& = {});
Expr var(const Expr&, const Reduction& = {});  // two passes
Expr std(const Expr&, const Reduction& = {});
Expr min(const Expr&, const Reduction& = {});  // NaN if there is one
Expr max(const Expr&, const Reduction& = {});
Expr argmin(const Expr&,
            const Reduction& = {});  // i64; the first of equals, NaN before all; one axis, or all: flat index
Expr argmax(const Expr&, const Reduction& = {});
Expr any(const Expr&, const Reduction& = {});
Expr all(const Expr&, const Reduction& = {});
Expr count_nonzero(const Expr&, const Reduction& = {});
Expr norm(const Expr&, const Reduction& = {});  // of the vector of all elements over the axes

}  // namespace fovea
