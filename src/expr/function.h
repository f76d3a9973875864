#pragma once
#include <cstdint>
#include <string_view>

#include "fovea/dtype.h"

namespace fovea {

// How a function's compute type follows from its operands' common type, and its result type from that.
enum class TypeRule : std::uint8_t {
  same,      // any type
  ordered,   // any real type
  number,    // any type but bool
  floating,  // integers become floating
  real,      // as floating, complex refused
  divide,    // integers become f64
  rounding,  // integers stay as they are, complex refused
  bits,      // integers and bool
  integer,   // integers; bool becomes i8
  equality,  // any type, gives bool
  compare,   // real types, gives bool
  truth,     // operands become bool, gives bool
  test,      // of floating and complex types, gives bool
  part,      // complex becomes its floating type; others stay
  angle,     // as floating, complex becomes its floating type
  select,    // bool and two of one type
};

// name, arity, rule, summary
#define FOVEA_FUNCTIONS(X)                                        \
  X(add, 2, same, "a + b")                                        \
  X(subtract, 2, number, "a - b")                                 \
  X(multiply, 2, same, "a * b")                                   \
  X(divide, 2, divide, "a / b; of integers f64")                  \
  X(floor_divide, 2, integer, "a / b rounded down")               \
  X(remainder, 2, integer, "a - b * floor_divide(a, b)")          \
  X(fmod, 2, integer, "the remainder with the sign of a")         \
  X(power, 2, number, "a to the power of b")                      \
  X(negative, 1, number, "-a")                                    \
  X(abs, 1, part, "the absolute value or modulus")                \
  X(sign, 1, number, "-1, 0 or 1; of complex numbers a / abs(a)") \
  X(square, 1, same, "a * a")                                     \
  X(reciprocal, 1, number, "1 / a")                               \
  X(maximum, 2, ordered, "the larger; NaN if either is")          \
  X(minimum, 2, ordered, "the smaller; NaN if either is")         \
  X(fmax, 2, ordered, "the larger; the other if one is NaN")      \
  X(fmin, 2, ordered, "the smaller; the other if one is NaN")     \
  X(hypot, 2, real, "sqrt(a**2 + b**2) without overflow")         \
  X(copysign, 2, real, "the magnitude of a with the sign of b")   \
  X(sqrt, 1, floating, "the square root")                         \
  X(cbrt, 1, real, "the cube root")                               \
  X(exp, 1, floating, "e to the power of a")                      \
  X(exp2, 1, floating, "2 to the power of a")                     \
  X(expm1, 1, floating, "exp(a) - 1, exact near 0")               \
  X(log, 1, floating, "the natural logarithm")                    \
  X(log2, 1, floating, "the logarithm to base 2")                 \
  X(log10, 1, floating, "the logarithm to base 10")               \
  X(log1p, 1, floating, "log(1 + a), exact near 0")               \
  X(sin, 1, floating, "the sine of radians")                      \
  X(cos, 1, floating, "the cosine of radians")                    \
  X(tan, 1, floating, "the tangent of radians")                   \
  X(arcsin, 1, floating, "the inverse sine in radians")           \
  X(arccos, 1, floating, "the inverse cosine in radians")         \
  X(arctan, 1, floating, "the inverse tangent in radians")        \
  X(arctan2, 2, real, "the angle of the point (b, a) in radians") \
  X(sinh, 1, floating, "the hyperbolic sine")                     \
  X(cosh, 1, floating, "the hyperbolic cosine")                   \
  X(tanh, 1, floating, "the hyperbolic tangent")                  \
  X(arcsinh, 1, floating, "the inverse hyperbolic sine")          \
  X(arccosh, 1, floating, "the inverse hyperbolic cosine")        \
  X(arctanh, 1, floating, "the inverse hyperbolic tangent")       \
  X(deg2rad, 1, real, "degrees to radians")                       \
  X(rad2deg, 1, real, "radians to degrees")                       \
  X(floor, 1, rounding, "rounded down")                           \
  X(ceil, 1, rounding, "rounded up")                              \
  X(trunc, 1, rounding, "rounded towards 0")                      \
  X(rint, 1, floating, "rounded to nearest, halves to even")      \
  X(equal, 2, equality, "a == b")                                 \
  X(not_equal, 2, equality, "a != b")                             \
  X(less, 2, compare, "a < b")                                    \
  X(less_equal, 2, compare, "a <= b")                             \
  X(greater, 2, compare, "a > b")                                 \
  X(greater_equal, 2, compare, "a >= b")                          \
  X(bitwise_and, 2, bits, "a & b")                                \
  X(bitwise_or, 2, bits, "a | b")                                 \
  X(bitwise_xor, 2, bits, "a ^ b")                                \
  X(invert, 1, bits, "~a")                                        \
  X(left_shift, 2, integer, "a << b")                             \
  X(right_shift, 2, integer, "a >> b")                            \
  X(logical_and, 2, truth, "a and b, of truth values")            \
  X(logical_or, 2, truth, "a or b, of truth values")              \
  X(logical_xor, 2, truth, "exactly one of a and b")              \
  X(logical_not, 1, truth, "not a")                               \
  X(isnan, 1, test, "whether a is not a number")                  \
  X(isinf, 1, test, "whether a is infinite")                      \
  X(isfinite, 1, test, "whether a is neither infinite nor NaN")   \
  X(signbit, 1, test, "whether the sign bit is set")              \
  X(where, 3, select, "b where a is true, else c")                \
  X(clip, 3, ordered, "a, but at least b and at most c")          \
  X(real, 1, part, "the real part")                               \
  X(imag, 1, part, "the imaginary part")                          \
  X(conj, 1, same, "the complex conjugate")                       \
  X(angle, 1, angle, "the argument of a complex number, in radians")

enum class Fn : std::uint8_t {
#define X(name, arity, rule, summary) name,
  FOVEA_FUNCTIONS(X)
#undef X
      multiply_add,  // a * b + c, rounded twice; made by compile() alone
};

struct Function {
  std::string_view name;
  int arity;
  TypeRule rule;
};
const Function& function(Fn);

// What a reduction folds blocks with; mean, var, norm and others are made of these.
enum class Fold : std::uint8_t { sum, prod, min, max, argmin, argmax, any, all };

// NumPy's promotion. Operands that are weak scalars take part by their kind alone (NEP 50).
DType promote(DType, DType);
DType promote(DType a, bool a_weak, DType b, bool b_weak);
DType floating_of(DType);  // u8, i8 and bool: f16; 16 bits: f32; 32 and 64 bits: f64
DType part_of(DType);      // the floating type of a complex one, else the type itself
// The type that a function computes in for operands of a common type. Throws Error(invalid_argument).
DType compute_type(Fn, DType operands);
DType result_type(Fn, DType compute);

}  // namespace fovea
