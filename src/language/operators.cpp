#include "language/operators.h"

#include <array>
#include <cmath>
#include <optional>

#include "base/checked.h"
#include "fovea/ops.h"

namespace fovea::language {
namespace {

// True and False are 1 and 0 here.
std::optional<std::int64_t> integer(const Value& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value.data)) return *whole;
  if (const auto* yes = std::get_if<bool>(&value.data)) return *yes ? 1 : 0;
  return std::nullopt;
}

std::int64_t fitting(std::optional<std::int64_t> result, Op op) {
  if (!result)
    throw Error(Errc::invalid_argument, "expected a result of 64 bits from '" + std::string(sign_of(op)) +
                                            "' of two integers, got more; write one with a point");
  return *result;
}

std::optional<std::int64_t> raised(std::int64_t base, std::int64_t exponent) {
  std::optional<std::int64_t> result = 1;
  while (true) {
    if (exponent & 1) result = checked_multiply(*result, base);
    exponent >>= 1;
    if (exponent == 0 || !result) return result;
    const auto squared = checked_multiply(base, base);
    if (!squared) return std::nullopt;
    base = *squared;
  }
}

std::int64_t divided(std::int64_t a, std::int64_t b, bool quotient) {
  if (b == 0) throw Error(Errc::invalid_argument, "expected a divisor other than 0, got 0");
  if (b == -1) return quotient ? fitting(checked_multiply<std::int64_t>(a, -1), Op::floor_divide) : 0;
  const bool down = a % b != 0 && (a < 0) != (b < 0);
  return quotient ? a / b - (down ? 1 : 0) : a % b + (down ? b : 0);
}

std::int64_t shifted(Op op, std::int64_t a, std::int64_t count) {
  if (count < 0) throw Error(Errc::invalid_argument, "expected a count of at least 0, got " + std::to_string(count));
  if (op == Op::shift_right) return a >> std::min<std::int64_t>(count, 63);
  if (a == 0) return 0;
  if (count > 62) return fitting(std::nullopt, op);
  return fitting(checked_multiply(a, std::int64_t{1} << count), op);
}

// Integers of the source are exact, as Python's: what does not fit is an error instead of a wrapped number.
std::optional<Value> folded(Op op, const Value& left, const Value& right) {
  const auto a = integer(left), b = integer(right);
  if (!a || !b) return std::nullopt;
  switch (op) {
    case Op::add:
      return make(fitting(checked_add(*a, *b), op));
    case Op::subtract: {
      std::int64_t result = 0;
      const bool overflow = __builtin_sub_overflow(*a, *b, &result);
      return make(fitting(overflow ? std::nullopt : std::optional(result), op));
    }
    case Op::multiply:
      return make(fitting(checked_multiply(*a, *b), op));
    case Op::floor_divide:
    case Op::remainder:
      return make(divided(*a, *b, op == Op::floor_divide));
    case Op::power:
      if (*b < 0) return make(std::pow(static_cast<double>(*a), static_cast<double>(*b)));
      return make(fitting(raised(*a, *b), op));
    case Op::shift_left:
    case Op::shift_right:
      return make(shifted(op, *a, *b));
    case Op::divide:
      return make(static_cast<double>(*a) / static_cast<double>(*b));
    default:
      return std::nullopt;
  }
}

Expr applied(Op op, const Expr& a, const Expr& b) {
  switch (op) {
    case Op::logical_or:
      return logical_or(a, b);
    case Op::logical_and:
      return logical_and(a, b);
    case Op::less:
      return a < b;
    case Op::less_equal:
      return a <= b;
    case Op::greater:
      return a > b;
    case Op::greater_equal:
      return a >= b;
    case Op::equal:
      return a == b;
    case Op::not_equal:
      return a != b;
    case Op::bit_or:
      return a | b;
    case Op::bit_xor:
      return a ^ b;
    case Op::bit_and:
      return a & b;
    case Op::shift_left:
      return a << b;
    case Op::shift_right:
      return a >> b;
    case Op::add:
      return a + b;
    case Op::subtract:
      return a - b;
    case Op::multiply:
      return a * b;
    case Op::divide:
      return a / b;
    case Op::floor_divide:
      return floor_divide(a, b);
    case Op::remainder:
      return a % b;
    case Op::power:
      return power(a, b);
    default:
      throw Error(Errc::internal, "no operator of two operands");
  }
}

Value lazy(const Expr& expr) {
  return expr.weak() ? number_value(expr) : make(expr);
}

void check_power(const Expr& base, const Value& exponent) {
  const auto whole = integer(exponent);
  if (whole && *whole < 0 && (is_integer(base.dtype()) || base.dtype() == DType::boolean))
    throw Error(Errc::invalid_argument, "expected an exponent of at least 0 for integers, got " +
                                            std::to_string(*whole) + "; write it with a point for real numbers");
}

bool text(const Value& value) {
  return std::holds_alternative<std::string>(value.data);
}

}  // namespace

Value unary(Op op, const Value& operand) {
  if (const auto whole = integer(operand)) {
    if (op == Op::positive) return make(*whole);
    if (op == Op::negative) return make(fitting(checked_multiply<std::int64_t>(*whole, -1), op));
  }
  const Expr x = to_expr(operand);
  switch (op) {
    case Op::negative:
      return lazy(-x);
    case Op::positive:
      return operand;
    case Op::invert:
      return lazy(~x);
    default:
      return lazy(logical_not(x));
  }
}

Value binary(const Context& context, Op op, const Value& left, const Value& right) {
  if (auto value = folded(op, left, right)) return *std::move(value);
  if (op == Op::matmul) {
    const std::array operands{context.array(left, "matmul"), context.array(right, "matmul")};
    return make(ops::apply("matmul", {}, operands, context.result()));
  }
  const Expr a = to_expr(left), b = to_expr(right);
  if (op == Op::power) check_power(a, right);
  return lazy(applied(op, a, b));
}

Value compared(const std::vector<Op>& ops, const std::vector<Value>& operands) {
  if (ops.size() == 1 && text(operands[0]) && text(operands[1]) && (ops[0] == Op::equal || ops[0] == Op::not_equal))
    return make((std::get<std::string>(operands[0].data) == std::get<std::string>(operands[1].data)) ==
                (ops[0] == Op::equal));
  std::optional<Expr> result;
  for (std::size_t k = 0; k < ops.size(); ++k) {
    const Expr one = applied(ops[k], to_expr(operands[k]), to_expr(operands[k + 1]));
    result = result ? logical_and(*result, one) : one;
  }
  return lazy(*result);
}

}  // namespace fovea::language
