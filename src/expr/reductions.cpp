#include <algorithm>
#include <cmath>
#include <string>

#include "expr/node.h"

namespace fovea {
namespace {

[[noreturn]] void refuse(std::string_view where, const std::string& message) {
  throw Error(Errc::invalid_argument, std::string(where) + ": " + message);
}

std::vector<bool> reduced_axes(std::string_view where, const Shape& shape, const Axes& axes) {
  const int ndim = static_cast<int>(shape.size());
  if (!axes) return std::vector<bool>(shape.size(), true);
  std::vector<bool> reduced(shape.size(), false);
  for (int axis : *axes) {
    if (axis < -ndim || axis >= ndim)
      refuse(where, "expected an axis of " + to_string(shape) + ", got " + std::to_string(axis));
    const auto at = static_cast<std::size_t>(axis < 0 ? axis + ndim : axis);
    if (reduced[at]) refuse(where, "expected each axis once, got axis " + std::to_string(axis) + " twice");
    reduced[at] = true;
  }
  return reduced;
}

double reduced_count(const Shape& shape, const std::vector<bool>& reduced) {
  double count = 1;
  for (std::size_t k = 0; k < shape.size(); ++k)
    if (reduced[k]) count *= static_cast<double>(shape[k]);
  return count;
}

Expr fold(std::string_view where, Fold fold, const Expr& x, DType result, const Reduction& r) {
  std::vector<bool> reduced = reduced_axes(where, x.shape(), r.axes);
  Shape shape;
  for (std::size_t k = 0; k < reduced.size(); ++k)
    if (!reduced[k])
      shape.push_back(x.shape()[k]);
    else if (r.keepdims)
      shape.push_back(1);
  const bool neutral = fold == Fold::sum || fold == Fold::prod || fold == Fold::any || fold == Fold::all;
  if (!neutral && reduced_count(x.shape(), reduced) == 0)
    refuse(where, "expected at least one element to choose from, got " + to_string(x.shape()));
  auto node = std::make_shared<Expr::Node>();
  node->kind = Expr::Node::Kind::reduce;
  node->dtype = result;
  node->shape = std::move(shape);
  node->fold = fold;
  node->reduced = std::move(reduced);
  set_operands(*node, {pointer(x)});
  return Expr(std::move(node));
}

bool half(DType t) {
  return t == DType::f16 || t == DType::bf16;
}
// The type that sums of this one are carried in.
DType carried(DType t) {
  return t == DType::boolean || is_integer(t) ? DType::i64 : half(t) ? DType::f32 : t;
}
// Integers and bool are averaged in f64, 16-bit floats in f32.
DType averaged(DType t) {
  return t == DType::boolean || is_integer(t) ? DType::f64 : half(t) ? DType::f32 : t;
}
DType averaged_result(DType t) {
  return half(t) ? t : averaged(t);
}

Expr real_only(std::string_view where, const Expr& x) {
  if (is_complex(x.dtype())) refuse(where, "expected real numbers, got " + std::string(name(x.dtype())));
  return x;
}

Expr extreme(std::string_view where, Fold how, const Expr& x, const Reduction& r) {
  real_only(where, x);
  const Expr wide = half(x.dtype()) ? cast(x, DType::f32) : x;
  return cast(fold(where, how, wide, wide.dtype(), r), x.dtype());
}

Expr place(std::string_view where, Fold how, const Expr& x, const Reduction& r) {
  real_only(where, x);
  if (r.axes && r.axes->size() != 1 && x.shape().size() != r.axes->size())
    refuse(where, "expected one axis or all, got " + std::to_string(r.axes->size()));
  return fold(where, how, half(x.dtype()) ? cast(x, DType::f32) : x, DType::i64, r);
}

Expr plain_sum(std::string_view where, const Expr& x, const Reduction& r) {
  return fold(where, Fold::sum, x, carried(x.dtype()), r);
}

// A sum over the count of its terms, of which an empty one makes NaN.
Expr over_count(const Expr& sum, double count) {
  return sum / Expr(cast_node(pointer(Expr(count)), part_of(sum.dtype())));
}

Expr wide_mean(std::string_view where, const Expr& x, const Reduction& r) {
  const double count = reduced_count(x.shape(), reduced_axes(where, x.shape(), r.axes));
  const DType wide = averaged(x.dtype());
  const bool whole = carried(x.dtype()) == DType::i64;
  const Expr total = plain_sum(where, whole ? x : cast(x, wide), r);
  return over_count(cast(total, wide), count);
}

Expr wide_var(std::string_view where, const Expr& x, const Reduction& r) {
  const double count = reduced_count(x.shape(), reduced_axes(where, x.shape(), r.axes));
  const Expr off = cast(x, averaged(x.dtype())) - wide_mean(where, x, {r.axes, true, 0, 2});
  const Expr squares = is_complex(off.dtype()) ? square(real(off)) + square(imag(off)) : square(off);
  return over_count(plain_sum(where, squares, r), std::max(0.0, count - static_cast<double>(r.ddof)));
}

}  // namespace

Expr sum(const Expr& x, const Reduction& r) {
  const Expr total = plain_sum("sum", half(x.dtype()) ? cast(x, DType::f32) : x, r);
  return half(x.dtype()) ? cast(total, x.dtype()) : total;
}
Expr prod(const Expr& x, const Reduction& r) {
  const Expr product = fold("prod", Fold::prod, cast(x, carried(x.dtype())), carried(x.dtype()), r);
  return half(x.dtype()) ? cast(product, x.dtype()) : product;
}
Expr mean(const Expr& x, const Reduction& r) {
  return cast(wide_mean("mean", x, r), averaged_result(x.dtype()));
}
Expr var(const Expr& x, const Reduction& r) {
  return cast(wide_var("var", x, r), part_of(averaged_result(x.dtype())));
}
Expr std(const Expr& x, const Reduction& r) {
  return cast(sqrt(wide_var("std", x, r)), part_of(averaged_result(x.dtype())));
}
Expr min(const Expr& x, const Reduction& r) {
  return extreme("min", Fold::min, x, r);
}
Expr max(const Expr& x, const Reduction& r) {
  return extreme("max", Fold::max, x, r);
}
Expr argmin(const Expr& x, const Reduction& r) {
  return place("argmin", Fold::argmin, x, r);
}
Expr argmax(const Expr& x, const Reduction& r) {
  return place("argmax", Fold::argmax, x, r);
}
Expr any(const Expr& x, const Reduction& r) {
  return fold("any", Fold::any, cast(x, DType::boolean), DType::boolean, r);
}
Expr all(const Expr& x, const Reduction& r) {
  return fold("all", Fold::all, cast(x, DType::boolean), DType::boolean, r);
}
Expr count_nonzero(const Expr& x, const Reduction& r) {
  return fold("count_nonzero", Fold::sum, cast(x, DType::boolean), DType::i64, r);
}
Expr norm(const Expr& x, const Reduction& r) {
  const DType wide = averaged(x.dtype());
  const Expr wider = cast(x, wide);
  const DType result = part_of(averaged_result(x.dtype()));
  if (r.ord == 1) return cast(plain_sum("norm", abs(wider), r), result);
  if (std::isinf(r.ord) && r.ord > 0) return cast(extreme("norm", Fold::max, abs(wider), r), result);
  if (r.ord != 2) refuse("norm", "expected ord 1, 2 or inf, got " + std::to_string(r.ord));
  const Expr squares = is_complex(wide) ? square(real(wider)) + square(imag(wider)) : square(wider);
  return cast(sqrt(plain_sum("norm", squares, r)), result);
}

namespace {

struct Named {
  Expr (*make)(const Expr&, const Reduction&);
};
constexpr FunctionInfo names[] = {{"sum", 1, "the sum"},
                                  {"prod", 1, "the product"},
                                  {"mean", 1, "the arithmetic mean"},
                                  {"var", 1, "the variance; ddof is taken off the divisor"},
                                  {"std", 1, "the standard deviation"},
                                  {"min", 1, "the smallest element"},
                                  {"max", 1, "the largest element"},
                                  {"argmin", 1, "the index of the smallest element"},
                                  {"argmax", 1, "the index of the largest element"},
                                  {"any", 1, "whether any element is true"},
                                  {"all", 1, "whether all elements are true"},
                                  {"count_nonzero", 1, "how many elements are not 0"},
                                  {"norm", 1, "the vector norm of order ord: 1, 2 or inf"}};
constexpr Named makers[] = {{sum},    {prod},   {mean}, {var}, {std},           {min}, {max},
                            {argmin}, {argmax}, {any},  {all}, {count_nonzero}, {norm}};
static_assert(std::size(names) == std::size(makers));

}  // namespace

std::span<const FunctionInfo> reduction_functions() {
  return names;
}

Expr reduce(std::string_view name, const Expr& x, const Reduction& r) {
  for (std::size_t k = 0; k < std::size(names); ++k)
    if (names[k].name == name) return makers[k].make(x, r);
  refuse(name, "there is no reduction of this name");
}

}  // namespace fovea
