#include <algorithm>
#include <cmath>
#include <string>

#include "expr/node.h"

namespace fovea {
namespace {

constexpr int deepest = 1000;  // evaluation recurses over the nodes
constexpr int most_axes = 64;  // NumPy's bound

std::shared_ptr<Expr::Node> new_node(Expr::Node::Kind kind, DType dtype, Shape shape,
                                     std::vector<NodePointer> operands) {
  auto node = std::make_shared<Expr::Node>();
  node->kind = kind;
  node->dtype = dtype;
  node->shape = std::move(shape);
  set_operands(*node, std::move(operands));
  return node;
}

Shape broadcast_shapes(std::string_view where, std::span<const Expr> operands) {
  Shape shape;
  for (const Expr& operand : operands) {
    const Shape& other = operand.shape();
    if (other.size() > shape.size()) shape.insert(shape.begin(), other.size() - shape.size(), 1);
    const std::size_t skip = shape.size() - other.size();
    for (std::size_t k = 0; k < other.size(); ++k) {
      std::int64_t& extent = shape[skip + k];
      if (extent == 1) extent = other[k];
      if (other[k] != 1 && other[k] != extent) {
        std::string shapes;
        for (const Expr& o : operands) shapes += (shapes.empty() ? "" : " and ") + to_string(o.shape());
        throw Error(Errc::invalid_argument,
                    std::string(where) + ": expected shapes that broadcast together, got " + shapes);
      }
    }
  }
  return shape;
}

bool holds(DType dtype, std::int64_t value) {
  if (!is_integer(dtype) || dtype == DType::i64) return true;
  const int bits = 8 * static_cast<int>(size_of(dtype));
  const bool no_sign = dtype == DType::u8 || dtype == DType::u16;
  const std::int64_t low = no_sign ? 0 : -(std::int64_t{1} << (bits - 1));
  const std::int64_t high = (std::int64_t{1} << (no_sign ? bits : bits - 1)) - 1;
  return value >= low && value <= high;
}

// A weak integer takes the array's type, which must hold it.
NodePointer fit(std::string_view where, const NodePointer& node, DType dtype) {
  if (node->kind == Expr::Node::Kind::scalar && node->weak && is_integer(node->dtype) && !holds(dtype, node->value.i))
    throw Error(Errc::invalid_argument, std::string(where) + ": expected a number that " + std::string(name(dtype)) +
                                            " holds, got " + std::to_string(node->value.i) + "; cast the array first");
  return cast_node(node, dtype);
}

// A function of numbers alone is a number.
Expr folded(const Expr& expr) {
  const Array value = eval(expr);
  Number scalar;
  if (expr.dtype() == DType::boolean)
    scalar.i = value.span<bool>()[0] ? 1 : 0;
  else if (is_integer(expr.dtype()))
    scalar.i = eval(cast(expr, DType::i64)).span<std::int64_t>()[0];
  else
    scalar.z = eval(cast(expr, DType::c128)).span<std::complex<double>>()[0];
  return Expr(scalar_node(expr.dtype(), scalar, true));
}

// x**2, x**0.5 and so on as NumPy's operator computes them.
std::optional<Expr> simple_power(const Expr& base, const Expr& exponent) {
  const Expr::Node& e = exponent.node();
  if (e.kind != Expr::Node::Kind::scalar || !e.weak || base.dtype() == DType::boolean) return {};
  if (promote(base.dtype(), base.weak(), e.dtype, true) != base.dtype()) return {};
  const bool whole = is_integer(e.dtype), floating = is_floating(base.dtype()) || is_complex(base.dtype());
  if (whole && e.value.i < 0 && !floating)
    throw Error(Errc::invalid_argument,
                "power: expected an exponent of 0 or more for integers, got " + std::to_string(e.value.i));
  if (is_complex(e.dtype) || e.dtype == DType::boolean) return {};
  const double value = whole ? static_cast<double>(e.value.i) : e.value.z.real();
  if (value == 2) return square(base);
  if (value == 0.5 && floating) return sqrt(base);
  if (value == -1 && floating) return reciprocal(base);
  return {};
}

Expr call(Fn fn, std::span<const Expr> operands) {
  const std::string_view where = function(fn).name;
  if (fn == Fn::power)
    if (auto simple = simple_power(operands[0], operands[1])) return *simple;
  const bool select = fn == Fn::where;
  DType common = operands[select ? 1 : 0].dtype();
  bool weak = operands[select ? 1 : 0].weak();
  for (std::size_t k = select ? 2 : 1; k < operands.size(); ++k) {
    common = promote(common, weak, operands[k].dtype(), operands[k].weak());
    weak = weak && operands[k].weak();
  }
  const DType compute = compute_type(fn, common), result = result_type(fn, compute);
  if (compute == result && (function(fn).rule == TypeRule::rounding || fn == Fn::conj || fn == Fn::real) &&
      (compute == DType::boolean || is_integer(compute) ||
       (fn != Fn::floor && fn != Fn::ceil && fn != Fn::trunc && !is_complex(compute))))
    return operands[0];
  std::vector<NodePointer> nodes;
  bool all_weak = true;
  for (std::size_t k = 0; k < operands.size(); ++k) {
    const DType wanted = select && k == 0 ? DType::boolean : compute;
    nodes.push_back(fit(where, pointer(operands[k]), wanted));
    all_weak = all_weak && operands[k].weak();
  }
  const Expr made(call_node(fn, result, broadcast_shapes(where, operands), std::move(nodes)));
  return all_weak ? folded(made) : made;
}

Expr call(Fn fn, const Expr& a) {
  const Expr operands[] = {a};
  return call(fn, operands);
}
Expr call(Fn fn, const Expr& a, const Expr& b) {
  const Expr operands[] = {a, b};
  return call(fn, operands);
}

}  // namespace

void set_operands(Expr::Node& node, std::vector<NodePointer> operands) {
  for (const NodePointer& operand : operands) {
    node.depth = std::max(node.depth, operand->depth + 1);
    if (node.device && operand->device && *node.device != *operand->device)
      throw Error(Errc::invalid_argument, "expression: expected arrays of one device, got " + node.device->name() +
                                              " and " + operand->device->name() + "; Array::to() copies");
    if (operand->device) node.device = operand->device;
  }
  if (node.depth > deepest)
    throw Error(Errc::invalid_argument, "expression: expected at most " + std::to_string(deepest) +
                                            " nested functions, got more; eval() the parts");
  node.operands = std::move(operands);
}

NodePointer pointer(const Expr& expr) {
  return expr.node().shared_from_this();
}

NodePointer cast_node(const NodePointer& node, DType dtype) {
  if (node->dtype == dtype) return node;
  if (node->kind == Expr::Node::Kind::scalar) {
    Number value = node->value;
    const bool from_whole = node->dtype == DType::boolean || is_integer(node->dtype);
    const bool to_whole = dtype == DType::boolean || is_integer(dtype);
    if (from_whole && !to_whole) value.z = static_cast<double>(value.i);
    if (from_whole == to_whole && dtype != DType::boolean) return scalar_node(dtype, value, false);
    if (from_whole && !to_whole) return scalar_node(dtype, value, false);
  }
  return new_node(Expr::Node::Kind::cast, dtype, node->shape, {node});
}

NodePointer call_node(Fn fn, DType result, Shape shape, std::vector<NodePointer> operands) {
  auto node = new_node(Expr::Node::Kind::call, result, std::move(shape), std::move(operands));
  node->fn = fn;
  return node;
}

NodePointer scalar_node(DType dtype, const Number& value, bool weak) {
  auto node = new_node(Expr::Node::Kind::scalar, dtype, {}, {});
  node->value = value;
  node->weak = weak;
  return node;
}

Expr::Expr(Array array) {
  if (array.ndim() > most_axes)
    throw Error(Errc::invalid_argument, "expression: expected at most " + std::to_string(most_axes) + " axes, got " +
                                            std::to_string(array.ndim()));
  auto node = new_node(Node::Kind::array, array.dtype(), array.shape(), {});
  node->device = array.device();
  node->array = std::move(array);
  node_ = std::move(node);
}
Expr::Expr(std::complex<double> value) : node_(scalar_node(DType::c128, {0, value}, true)) {}

Expr Expr::weak(bool value) {
  return Expr(scalar_node(DType::boolean, {value, 0}, true));
}
Expr Expr::weak(std::int64_t value) {
  return Expr(scalar_node(DType::i64, {value, 0}, true));
}
Expr Expr::weak(double value) {
  return Expr(scalar_node(DType::f64, {0, value}, true));
}

const Shape& Expr::shape() const {
  return node_->shape;
}
DType Expr::dtype() const {
  return node_->dtype;
}
bool Expr::weak() const {
  return node_->weak;
}

Expr elementwise(std::string_view name, std::span<const Expr> operands) {
  const auto infos = elementwise_functions();
  const auto at = std::find_if(infos.begin(), infos.end(), [&](const FunctionInfo& f) { return f.name == name; });
  if (at == infos.end())
    throw Error(Errc::invalid_argument, std::string(name) + ": there is no elementwise function of this name");
  if (operands.size() != static_cast<std::size_t>(at->arity))
    throw Error(Errc::invalid_argument, std::string(name) + ": expected " + std::to_string(at->arity) +
                                            " operands, got " + std::to_string(operands.size()));
  return call(static_cast<Fn>(at - infos.begin()), operands);
}

Expr cast(const Expr& expr, DType dtype) {
  return Expr(cast_node(pointer(expr), dtype));
}

Expr broadcast(const Expr& expr, Shape shape) {
  const Shape& own = expr.shape();
  bool fits = own.size() <= shape.size();
  for (std::size_t k = 0; fits && k < own.size(); ++k) {
    const std::int64_t wanted = shape[shape.size() - own.size() + k];
    fits = own[k] == wanted || (own[k] == 1 && wanted >= 0);
  }
  if (!fits)
    throw Error(Errc::invalid_argument,
                "broadcast: expected a shape that " + to_string(own) + " repeats to, got " + to_string(shape));
  return Expr(new_node(Expr::Node::Kind::broadcast, expr.dtype(), std::move(shape), {pointer(expr)}));
}

Expr operator+(const Expr& a, const Expr& b) {
  return call(Fn::add, a, b);
}
Expr operator-(const Expr& a, const Expr& b) {
  return call(Fn::subtract, a, b);
}
Expr operator*(const Expr& a, const Expr& b) {
  return call(Fn::multiply, a, b);
}
Expr operator/(const Expr& a, const Expr& b) {
  return call(Fn::divide, a, b);
}
Expr operator%(const Expr& a, const Expr& b) {
  return call(Fn::remainder, a, b);
}
Expr operator-(const Expr& a) {
  return call(Fn::negative, a);
}
Expr operator==(const Expr& a, const Expr& b) {
  return call(Fn::equal, a, b);
}
Expr operator!=(const Expr& a, const Expr& b) {
  return call(Fn::not_equal, a, b);
}
Expr operator<(const Expr& a, const Expr& b) {
  return call(Fn::less, a, b);
}
Expr operator<=(const Expr& a, const Expr& b) {
  return call(Fn::less_equal, a, b);
}
Expr operator>(const Expr& a, const Expr& b) {
  return call(Fn::greater, a, b);
}
Expr operator>=(const Expr& a, const Expr& b) {
  return call(Fn::greater_equal, a, b);
}
Expr operator&(const Expr& a, const Expr& b) {
  return call(Fn::bitwise_and, a, b);
}
Expr operator|(const Expr& a, const Expr& b) {
  return call(Fn::bitwise_or, a, b);
}
Expr operator^(const Expr& a, const Expr& b) {
  return call(Fn::bitwise_xor, a, b);
}
Expr operator~(const Expr& a) {
  return call(Fn::invert, a);
}
Expr operator<<(const Expr& a, const Expr& b) {
  return call(Fn::left_shift, a, b);
}
Expr operator>>(const Expr& a, const Expr& b) {
  return call(Fn::right_shift, a, b);
}
Expr where(const Expr& condition, const Expr& then, const Expr& otherwise) {
  const Expr operands[] = {condition, then, otherwise};
  return call(Fn::where, operands);
}
Expr clip(const Expr& a, const Expr& low, const Expr& high) {
  const Expr operands[] = {a, low, high};
  return call(Fn::clip, operands);
}

#define FOVEA_UNARY(name)     \
  Expr name(const Expr& a) {  \
    return call(Fn::name, a); \
  }
#define FOVEA_BINARY(name)                  \
  Expr name(const Expr& a, const Expr& b) { \
    return call(Fn::name, a, b);            \
  }
FOVEA_UNARY(negative)
FOVEA_UNARY(abs)
FOVEA_UNARY(sign)
FOVEA_UNARY(square)
FOVEA_UNARY(reciprocal)
FOVEA_BINARY(power)
FOVEA_BINARY(floor_divide)
FOVEA_BINARY(remainder)
FOVEA_BINARY(fmod)
FOVEA_BINARY(maximum)
FOVEA_BINARY(minimum)
FOVEA_BINARY(fmax)
FOVEA_BINARY(fmin)
FOVEA_BINARY(hypot)
FOVEA_BINARY(copysign)
FOVEA_UNARY(sqrt)
FOVEA_UNARY(cbrt)
FOVEA_UNARY(exp)
FOVEA_UNARY(exp2)
FOVEA_UNARY(expm1)
FOVEA_UNARY(log)
FOVEA_UNARY(log2)
FOVEA_UNARY(log10)
FOVEA_UNARY(log1p)
FOVEA_UNARY(sin)
FOVEA_UNARY(cos)
FOVEA_UNARY(tan)
FOVEA_UNARY(arcsin)
FOVEA_UNARY(arccos)
FOVEA_UNARY(arctan)
FOVEA_BINARY(arctan2)
FOVEA_UNARY(sinh)
FOVEA_UNARY(cosh)
FOVEA_UNARY(tanh)
FOVEA_UNARY(arcsinh)
FOVEA_UNARY(arccosh)
FOVEA_UNARY(arctanh)
FOVEA_UNARY(deg2rad)
FOVEA_UNARY(rad2deg)
FOVEA_UNARY(floor)
FOVEA_UNARY(ceil)
FOVEA_UNARY(trunc)
FOVEA_UNARY(rint)
FOVEA_BINARY(logical_and)
FOVEA_BINARY(logical_or)
FOVEA_BINARY(logical_xor)
FOVEA_UNARY(logical_not)
FOVEA_UNARY(isnan)
FOVEA_UNARY(isinf)
FOVEA_UNARY(isfinite)
FOVEA_UNARY(signbit)
FOVEA_UNARY(real)
FOVEA_UNARY(imag)
FOVEA_UNARY(conj)
FOVEA_UNARY(angle)
#undef FOVEA_UNARY
#undef FOVEA_BINARY

}  // namespace fovea
