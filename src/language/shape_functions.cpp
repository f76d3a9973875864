#include <algorithm>
#include <numeric>

#include "language/function.h"

namespace fovea::language {
namespace {

Array operand(const Context& context, const Bound& bound, std::string_view step) {
  return taken(bound, 0, [&](const Value& value) { return context.array(value, step); });
}

int checked_axis(const Value& value, int ndim) {
  const std::int64_t axis = to_integer(value);
  if (axis < -ndim || axis >= ndim)
    throw Error(Errc::invalid_argument, "expected an axis from " + std::to_string(-ndim) + " to " +
                                            std::to_string(ndim - 1) + ", got " + std::to_string(axis));
  return static_cast<int>(axis < 0 ? axis + ndim : axis);
}

std::vector<int> checked_axes(const Value& value, int ndim) {
  const auto* list = std::get_if<std::vector<Value>>(&value.data);
  if (!list) return {checked_axis(value, ndim)};
  std::vector<int> axes;
  for (const Value& item : *list) axes.push_back(checked_axis(item, ndim));
  return axes;
}

Value cast_to(const Context&, const Bound& bound) {
  return make(cast(taken(bound, 0, to_expr), taken(bound, 1, to_dtype)));
}

Value reshape(const Context& context, const Bound& bound) {
  const Array x = operand(context, bound, "reshape");
  const Shape shape = taken(bound, 1, to_shape);
  if (!x.contiguous()) context.afford(x.shape(), x.dtype());
  return make((x.contiguous() ? x : x.copy()).reshape(shape));
}

Value ravel(const Context& context, const Bound& bound) {
  const Array x = operand(context, bound, "ravel");
  if (!x.contiguous()) context.afford(x.shape(), x.dtype());
  return make((x.contiguous() ? x : x.copy()).reshape({x.size()}));
}

Value transpose(const Context& context, const Bound& bound) {
  const Array x = operand(context, bound, "transpose");
  if (!bound.set(1)) return make(x.transpose());
  return make(x.transpose(taken(bound, 1, [&](const Value& v) { return checked_axes(v, x.ndim()); })));
}

Value squeeze(const Context& context, const Bound& bound) {
  const Array x = operand(context, bound, "squeeze");
  if (!bound.set(1)) return make(x.squeeze());
  const std::vector<int> axes = taken(bound, 1, [&](const Value& v) { return checked_axes(v, x.ndim()); });
  return make(axes.empty() ? x : x.squeeze(axes));
}

Value expand_dims(const Context& context, const Bound& bound) {
  const Array x = operand(context, bound, "expand_dims");
  return make(x.expand_dims(taken(bound, 1, [&](const Value& v) { return checked_axis(v, x.ndim() + 1); })));
}

Value swapaxes(const Context& context, const Bound& bound) {
  const Array x = operand(context, bound, "swapaxes");
  const auto axis = [&](std::size_t k) {
    return static_cast<std::size_t>(taken(bound, k, [&](const Value& v) { return checked_axis(v, x.ndim()); }));
  };
  std::vector<int> order(static_cast<std::size_t>(x.ndim()));
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[axis(1)], order[axis(2)]);
  return make(x.transpose(order));
}

Value broadcast_to(const Context& context, const Bound& bound) {
  const Expr x = taken(bound, 0, to_expr);
  const Shape shape = taken(bound, 1, to_shape);
  context.afford(shape, x.dtype());
  return make(broadcast(x, shape));
}

Value concatenate(const Context& context, const Bound& bound) {
  const auto* list = std::get_if<std::vector<Value>>(&bound.value(0).data);
  if (!list || list->empty())
    throw ArgumentError{0,
                        Error(Errc::invalid_argument, "expected a list of arrays, got " + described(bound.value(0)))};
  std::vector<Expr> parts;
  for (const Value& item : *list) parts.push_back(to_expr(item));
  const int ndim = static_cast<int>(parts[0].shape().size());
  if (ndim == 0) throw ArgumentError{0, Error(Errc::invalid_argument, "expected arrays with axes, got numbers")};
  const int axis = bound.set(1) ? taken(bound, 1, [&](const Value& v) { return checked_axis(v, ndim); }) : 0;
  const auto along = static_cast<std::size_t>(axis);
  Shape shape = parts[0].shape();
  Expr together = parts[0];
  std::int64_t total = 0;
  for (const Expr& part : parts) {
    Shape other = part.shape();
    if (other.size() != shape.size() || (total += other[along], other[along] = shape[along], other != shape))
      throw ArgumentError{
          0, Error(Errc::invalid_argument, "expected arrays that agree but for axis " + std::to_string(axis) +
                                               ", got " + to_string(shape) + " and " + to_string(part.shape()))};
    if (&part == &parts[0]) continue;
    // The promoted type, asked of single elements.
    const Expr a(Array::zeros({}, together.dtype())), b(Array::zeros({}, part.dtype()));
    together = a + b;
  }
  const DType dtype = together.dtype();
  shape[along] = total;
  context.afford(shape, dtype);
  const Array out = Array::empty(shape, dtype);
  std::int64_t at = 0;
  for (const Expr& part : parts) {
    const std::int64_t extent = part.shape()[along];
    eval_into(cast(part, dtype), out.slice(axis, {at, at + extent, 1}), {});
    at += extent;
  }
  return make(out);
}

}  // namespace

void add_shape_functions(FunctionTable& table) {
  const auto add = [&](std::string name, std::vector<Parameter> parameters, std::string summary, auto call) {
    table.try_emplace(name, Function{name, "array", std::move(summary), std::move(parameters), call});
  };
  add("cast", {{"x"}, {"dtype"}}, "as another type", cast_to);
  add("astype", {{"x"}, {"dtype"}}, "as another type", cast_to);
  add("reshape", {{"x"}, {"shape", "", true}}, "the same elements in another shape; one extent may be -1", reshape);
  add("ravel", {{"x"}}, "the elements as one axis", ravel);
  add("transpose", {{"x"}, {"axes", "None", true}}, "axes reversed, or in the order given", transpose);
  add("squeeze", {{"x"}, {"axis", "None"}}, "without axes of extent 1", squeeze);
  add("expand_dims", {{"x"}, {"axis"}}, "with one more axis of extent 1", expand_dims);
  add("swapaxes", {{"x"}, {"a"}, {"b"}}, "with two axes exchanged", swapaxes);
  add("broadcast_to", {{"x"}, {"shape"}}, "repeated to a shape", broadcast_to);
  add("concatenate", {{"arrays"}, {"axis", "0"}}, "arrays one after the other along an axis", concatenate);
}

}  // namespace fovea::language
