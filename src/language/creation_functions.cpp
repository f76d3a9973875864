#include <cmath>
#include <limits>

#include "language/function.h"

namespace fovea::language {
namespace {

DType dtype_or(const Bound& bound, std::size_t k, DType fallback) {
  return bound.set(k) ? taken(bound, k, to_dtype) : fallback;
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

template <class T>
Array counted(std::int64_t count, const auto& at) {
  Array array = Array::empty({count}, DTypeOf<T>::value);
  T* to = reinterpret_cast<T*>(array.data());
  for (std::int64_t k = 0; k < count; ++k) to[k] = at(k);
  return array;
}

Value as_dtype(Array array, const Bound& bound, std::size_t k) {
  const DType dtype = dtype_or(bound, k, array.dtype());
  return dtype == array.dtype() ? make(std::move(array)) : make(eval(cast(Expr(std::move(array)), dtype)));
}

bool integer(const Value& value) {
  return std::holds_alternative<std::int64_t>(value.data);
}

constexpr double most = 9.0e18;

std::int64_t steps(double start, double stop, double step) {
  const double count = std::ceil((stop - start) / step);
  if (!(count <= most)) throw Error(Errc::invalid_argument, "expected a finite range, got another");
  return count < 0 ? 0 : static_cast<std::int64_t>(count);
}

std::int64_t steps(std::int64_t start, std::int64_t stop, std::int64_t step) {
  if (step > 0 ? start >= stop : start <= stop) return 0;
  const auto wide = [](std::int64_t v) { return static_cast<std::uint64_t>(v); };
  const std::uint64_t distance = step > 0 ? wide(stop) - wide(start) : wide(start) - wide(stop);
  const std::uint64_t stride = step > 0 ? wide(step) : 0 - wide(step);
  const std::uint64_t count = (distance - 1) / stride + 1;
  return static_cast<std::int64_t>(std::min<std::uint64_t>(count, std::numeric_limits<std::int64_t>::max()));
}

// arange(stop) or arange(start, stop, step), as NumPy's.
Value arange(const Context& context, const Bound& bound) {
  const bool one = !bound.set(1);
  const Value zero = make(std::int64_t{0}), unit = make(std::int64_t{1});
  const Value& start = one ? zero : bound.value(0);
  const Value& stop = bound.value(one ? 0 : 1);
  const Value& step = bound.set(2) ? bound.value(2) : unit;
  const double stride = bound.set(2) ? taken(bound, 2, to_number) : 1;
  if (stride == 0) throw ArgumentError{2, Error(Errc::invalid_argument, "expected a step other than 0, got 0")};
  const double from = one ? 0 : taken(bound, 0, to_number), to = taken(bound, one ? 0 : 1, to_number);
  if (integer(start) && integer(stop) && integer(step)) {
    const std::int64_t first = std::get<std::int64_t>(start.data), by = std::get<std::int64_t>(step.data);
    const std::int64_t count = steps(first, std::get<std::int64_t>(stop.data), by);
    context.afford({count}, DType::i64);
    return as_dtype(counted<std::int64_t>(count, [&](std::int64_t k) { return first + k * by; }), bound, 3);
  }
  const std::int64_t count = steps(from, to, stride);
  context.afford({count}, DType::f64);
  return as_dtype(counted<double>(count, [&](std::int64_t k) { return from + static_cast<double>(k) * stride; }), bound,
                  3);
}

Value linspace(const Context& context, const Bound& bound) {
  const double start = taken(bound, 0, to_number), stop = taken(bound, 1, to_number);
  const std::int64_t count = bound.set(2) ? taken(bound, 2, to_integer) : 50;
  if (count < 0)
    throw ArgumentError{2, Error(Errc::invalid_argument, "expected at least 0, got " + std::to_string(count))};
  context.afford({count}, DType::f64);
  const double step = count > 1 ? (stop - start) / static_cast<double>(count - 1) : 0;
  const auto at = [&](std::int64_t k) {
    return k > 0 && k == count - 1 ? stop : start + static_cast<double>(k) * step;
  };
  return as_dtype(counted<double>(count, at), bound, 3);
}

Value eye(const Context& context, const Bound& bound) {
  const auto extent = [](const Value& value) {
    const std::int64_t n = to_integer(value);
    if (n < 0) throw Error(Errc::invalid_argument, "expected at least 0, got " + std::to_string(n));
    return n;
  };
  const std::int64_t rows = taken(bound, 0, extent), columns = bound.set(1) ? taken(bound, 1, extent) : rows;
  const std::int64_t k = bound.set(2) ? taken(bound, 2, to_integer) : 0;
  const DType dtype = dtype_or(bound, 3, DType::f64);
  context.afford({rows, columns}, dtype);
  const Array down = counted<std::int64_t>(rows, [](std::int64_t i) { return i; }).reshape({rows, 1});
  const Array across = counted<std::int64_t>(columns, [](std::int64_t i) { return i; });
  return make(cast(Expr(across) - Expr(down) == Expr(k), dtype));
}

Value array(const Context& context, const Bound& bound) {
  const Expr values = taken(bound, 0, to_expr);
  if (!bound.set(1)) return make(context.array(bound.value(0), "array"));
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
  add("linspace", {{"start"}, {"stop"}, {"num", "50"}, {"dtype", "'f64'"}}, "num numbers from start to stop", linspace);
  add("eye", {{"rows"}, {"columns", "None"}, {"k", "0"}, {"dtype", "'f64'"}}, "1 on the k-th diagonal, else 0", eye);
  add("array", {{"values"}, {"dtype", "None"}}, "an array of nested lists of numbers", array);
}

}  // namespace fovea::language
