#include "expr/function.h"

#include <array>
#include <string>

#include "fovea/error.h"
#include "fovea/expr.h"

namespace fovea {
namespace {

constexpr Function functions[] = {
#define X(name, arity, rule, summary) {#name, arity, TypeRule::rule},
    FOVEA_FUNCTIONS(X)
#undef X
};

constexpr FunctionInfo infos[] = {
#define X(name, arity, rule, summary) {#name, arity, summary},
    FOVEA_FUNCTIONS(X)
#undef X
};

int integer_bits(DType t) {
  return t == DType::boolean ? 1 : 8 * static_cast<int>(size_of(t));
}

// The smallest of our types that holds both integer types; u16 with i16 gives i32.
DType promote_integers(DType a, DType b) {
  if (a == DType::boolean) return b;
  if (b == DType::boolean || a == b) return a;
  const auto is_signed = [](DType t) { return t != DType::u8 && t != DType::u16; };
  const int wide = std::max(integer_bits(a), integer_bits(b));
  const DType wider = integer_bits(a) >= integer_bits(b) ? a : b;
  if (is_signed(a) == is_signed(b)) return wider;
  const int unsigned_bits = is_signed(a) ? integer_bits(b) : integer_bits(a);
  if (unsigned_bits < wide) return wider;
  return wide == 8 ? DType::i16 : DType::i32;
}

DType promote_floating(DType a, DType b) {
  if (a == b) return a;
  const bool halves = size_of(a) == 2 && size_of(b) == 2;
  return halves ? DType::f32 : std::max(a, b);
}

// The floating type that integers of this type become beside a floating operand.
DType beside(DType integer, DType floating) {
  const DType own = floating_of(integer);
  return own == DType::f16 ? floating : promote_floating(own, floating);
}

int kind_of(DType t) {
  return t == DType::boolean ? 0 : is_integer(t) ? 1 : is_floating(t) ? 2 : 3;
}

[[noreturn]] void refuse(Fn fn, const char* wanted, DType got) {
  throw Error(Errc::invalid_argument,
              std::string(function(fn).name) + ": expected " + wanted + ", got " + std::string(name(got)));
}

}  // namespace

const Function& function(Fn fn) {
  return functions[static_cast<std::size_t>(fn)];
}

std::span<const FunctionInfo> elementwise_functions() {
  return infos;
}

DType floating_of(DType t) {
  if (is_floating(t) || is_complex(t)) return t;
  return size_of(t) == 1 ? DType::f16 : size_of(t) == 2 ? DType::f32 : DType::f64;
}

DType part_of(DType t) {
  return t == DType::c64 ? DType::f32 : t == DType::c128 ? DType::f64 : t;
}

DType promote(DType a, DType b) {
  const int ka = kind_of(a), kb = kind_of(b);
  if (ka > kb) return promote(b, a);
  if (kb < 2) return promote_integers(a, b);
  if (kb == 2) return ka == 2 ? promote_floating(a, b) : beside(a, b);
  const DType part = promote(part_of(a), part_of(b));
  return part == DType::f64 ? DType::c128 : DType::c64;
}

DType promote(DType a, bool a_weak, DType b, bool b_weak) {
  if (a_weak == b_weak) return promote(a, b);
  const DType strong = a_weak ? b : a, weak = a_weak ? a : b;
  if (kind_of(weak) <= kind_of(strong)) return strong;
  if (kind_of(weak) == 3 && kind_of(strong) == 2) return strong == DType::f64 ? DType::c128 : DType::c64;
  return weak;  // i64, f64 or c128
}

DType compute_type(Fn fn, DType t) {
  switch (function(fn).rule) {
    case TypeRule::same:
    case TypeRule::equality:
    case TypeRule::part:
    case TypeRule::select:
      return t;
    case TypeRule::ordered:
    case TypeRule::compare:
      if (is_complex(t)) refuse(fn, "real numbers", t);
      return t;
    case TypeRule::number:
      if (t == DType::boolean) refuse(fn, "numbers", t);
      return t;
    case TypeRule::floating:
      return floating_of(t);
    case TypeRule::real:
    case TypeRule::rounding:
      if (is_complex(t)) refuse(fn, "real numbers", t);
      return function(fn).rule == TypeRule::rounding ? t : floating_of(t);
    case TypeRule::divide:
      return is_floating(t) || is_complex(t) ? t : DType::f64;
    case TypeRule::bits:
      if (!is_integer(t) && t != DType::boolean) refuse(fn, "integers or bool", t);
      return t;
    case TypeRule::integer:
      if (is_complex(t)) refuse(fn, "real numbers", t);
      if ((fn == Fn::left_shift || fn == Fn::right_shift) && is_floating(t)) refuse(fn, "integers", t);
      return t == DType::boolean ? DType::i8 : t;
    case TypeRule::truth:
      return DType::boolean;
    case TypeRule::test:
      if (fn == Fn::signbit && is_complex(t)) refuse(fn, "real numbers", t);
      return t;
    case TypeRule::angle:
      return floating_of(t);
  }
  return t;
}

DType result_type(Fn fn, DType compute) {
  switch (function(fn).rule) {
    case TypeRule::equality:
    case TypeRule::compare:
    case TypeRule::truth:
    case TypeRule::test:
      return DType::boolean;
    case TypeRule::part:
    case TypeRule::angle:
      return part_of(compute);
    default:
      return compute;
  }
}

}  // namespace fovea
