#include <cmath>

#include "language/function.h"

namespace fovea::language {
namespace {

DType dtype_or(const Bound& bound, std::size_t k, DType fallback) {
  return bound.set(k) ? taken(bound, k, to_dtype) : fallback;
}

std::optional<DType> dtype_if(const Bound& bound, std::size_t k) {
  if (!bound.set(k)) return std::nullopt;
  return taken(bound, k, to_dtype);
}

Shape checked_shape(const Context& context, const Bound& bound, std::size_t k, DType dtype) {
  return taken(bound, k, [&](const Value& value) {
    Shape shape = to_shape(value);
    for (const std::int64_t extent : shape)
      if (extent < 0) throw Error(Errc::invalid_argument, "expected extents of at least 0, got " + to_string(shape));
    context.afford(shape, dtype);
    return shape;
  });
}

// One element, seen under the whole shape: it costs no memory until it is evaluated.
Value repeated(const Expr& value, const Shape& shape) {
  return make(broadcast(value, shape));
}

Expr element(double value, DType dtype) {
  return Expr(eval(cast(Expr(value), dtype)));
}

Value zeros(const Context& context, const Bound& bound) {
  const DType dtype = dtype_or(bound, 1, DType::f64);
  return repeated(element(0, dtype), checked_shape(context, bound, 0, dtype));
}

Value ones(const Context& context, const Bound& bound) {
  const DType dtype = dtype_or(bound, 1, DType::f64);
  return repeated(element(1, dtype), checked_shape(context, bound, 0, dtype));
}

Value full(const Context& context, const Bound& bound) {
  const Expr value = taken(bound, 1, to_expr);
  const DType dtype = dtype_or(bound, 2, value.dtype());
  const Shape shape = checked_shape(context, bound, 0, dtype);
  return repeated(Expr(eval(cast(value, dtype))), shape);
}

// Whole numbers stay whole.
Scalar scalar_of(const Value& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value.data)) return *whole;
  return to_number(value);
}

double real_of(const Scalar& scalar) {
  const auto* whole = std::get_if<std::int64_t>(&scalar.value());
  return whole ? static_cast<double>(*whole) : std::get<double>(scalar.value());
}

// arange(stop) or arange(start, stop, step), as NumPy's.
Value arange(const Context& context, const Bound& bound) {
  const bool one = !bound.set(1);
  const Scalar first = taken(bound, 0, scalar_of);
  const Scalar start = one ? Scalar(0) : first, stop = one ? first : taken(bound, 1, scalar_of);
  const Scalar step = bound.set(2) ? taken(bound, 2, scalar_of) : Scalar(1);
  const std::optional<DType> dtype = dtype_if(bound, 3);
  if (real_of(step) == 0) throw ArgumentError{2, Error(Errc::invalid_argument, "expected a step other than 0, got 0")};
  const double count = std::ceil((real_of(stop) - real_of(start)) / real_of(step));
  if (count > 0 && count < 0x1p62) context.afford({static_cast<std::int64_t>(count)}, dtype.value_or(DType::f64));
  return make(Array::arange(start, stop, step, dtype));
}

std::int64_t count_of(const Value& value) {
  const std::int64_t count = to_integer(value);
  if (count < 0) throw Error(Errc::invalid_argument, "expected at least 0, got " + std::to_string(count));
  return count;
}

Value linspace(const Context& context, const Bound& bound) {
  const Scalar start = taken(bound, 0, scalar_of), stop = taken(bound, 1, scalar_of);
  const std::int64_t count = bound.set(2) ? taken(bound, 2, count_of) : 50;
  const bool endpoint = bound.set(3) ? taken(bound, 3, to_truth) : true;
  const std::optional<DType> dtype = dtype_if(bound, 4);
  context.afford({count}, dtype.value_or(DType::f64));
  return make(Array::linspace(start, stop, count, endpoint, dtype));
}

Value eye(const Context& context, const Bound& bound) {
  const std::int64_t rows = taken(bound, 0, count_of), columns = bound.set(1) ? taken(bound, 1, count_of) : rows;
  const std::int64_t k = bound.set(2) ? taken(bound, 2, to_integer) : 0;
  const DType dtype = dtype_or(bound, 3, DType::f64);
  context.afford({rows, columns}, dtype);
  return make(Array::eye(rows, columns, k, dtype));
}

Value array(const Context& context, const Bound& bound) {
  const Expr values = taken(bound, 0, to_expr);
  if (!bound.set(1)) return make(context.array(make(values), "array"));
  return make(cast(values, taken(bound, 1, to_dtype)));
}

}  // namespace

void add_creation_functions(FunctionTable& table) {
  const auto add = [&](std::string name, std::vector<Parameter> parameters, std::string summary, auto call) {
    table.try_emplace(name, Function{name, "array", std::move(summary), std::move(parameters), call});
  };
  add("zeros", {{"shape"}, {"dtype", "'f64'"}}, "all 0", zeros);
  add("ones", {{"shape"}, {"dtype", "'f64'"}}, "all 1", ones);
  add("full", {{"shape"}, {"value"}, {"dtype", "None"}}, "all the value", full);
  add("arange", {{"start"}, {"stop", "None"}, {"step", "1"}, {"dtype", "None"}},
      "numbers from start to before stop; with one argument from 0 to before it", arange);
  add("linspace", {{"start"}, {"stop"}, {"num", "50"}, {"endpoint", "True"}, {"dtype", "None"}},
      "num numbers from start to stop", linspace);
  add("eye", {{"rows"}, {"columns", "None"}, {"k", "0"}, {"dtype", "'f64'"}}, "1 on the k-th diagonal, else 0", eye);
  add("array", {{"values"}, {"dtype", "None"}}, "an array of nested lists of numbers", array);
}

}  // namespace fovea::language
