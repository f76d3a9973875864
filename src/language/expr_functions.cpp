#include <array>
#include <cmath>

#include "language/function.h"

namespace fovea::language {
namespace {

// Python's and NumPy's other names.
constexpr std::array<std::pair<std::string_view, std::string_view>, 15> aliases{{
    {"absolute", "abs"},
    {"round", "rint"},
    {"mod", "remainder"},
    {"pow", "power"},
    {"conjugate", "conj"},
    {"asin", "arcsin"},
    {"acos", "arccos"},
    {"atan", "arctan"},
    {"atan2", "arctan2"},
    {"asinh", "arcsinh"},
    {"acosh", "arccosh"},
    {"atanh", "arctanh"},
    {"radians", "deg2rad"},
    {"degrees", "rad2deg"},
    {"true_divide", "divide"},
}};

std::vector<Parameter> operands_of(std::string_view name, int arity) {
  if (name == "where") return {{"condition"}, {"then"}, {"otherwise"}};
  if (name == "clip") return {{"x"}, {"low"}, {"high"}};
  if (arity == 1) return {{"x"}};
  std::vector<Parameter> operands{{"a"}, {"b"}};
  if (arity == 3) operands.push_back({"c"});
  return operands;
}

std::string summary_of(const FunctionInfo& info) {
  if (info.name == "where") return "then where the condition holds, else otherwise";
  if (info.name == "clip") return "x, but at least low and at most high";
  return std::string(info.summary);
}

Value elementwise_call(const std::string& name, const Bound& bound) {
  std::vector<Expr> operands;
  for (std::size_t k = 0; k < bound.size(); ++k) operands.push_back(taken(bound, k, to_expr));
  const Expr result = elementwise(name, operands);
  return result.weak() ? number_value(result) : make(result);
}

std::vector<int> axes_of(const Value& value) {
  std::vector<int> axes;
  for (const std::int64_t axis : to_shape(value)) {
    if (axis < -64 || axis > 64) throw Error(Errc::invalid_argument, "expected an axis, got " + std::to_string(axis));
    axes.push_back(static_cast<int>(axis));
  }
  return axes;
}

enum Position { operand, axis, keepdims, extra };

std::vector<Parameter> parameters_of(std::string_view name) {
  std::vector<Parameter> parameters{{"x"}, {"axis", "None"}, {"keepdims", "False"}};
  if (name == "var" || name == "std") parameters.push_back({"ddof", "0"});
  if (name == "norm") parameters.push_back({"ord", "2"});
  return parameters;
}

Value reduction_call(const std::string& name, const Bound& bound) {
  Reduction with;
  const Expr x = taken(bound, operand, to_expr);
  if (bound.set(axis)) with.axes = taken(bound, axis, axes_of);
  if (bound.set(keepdims)) with.keepdims = taken(bound, keepdims, to_truth);
  if (bound.size() > extra && bound.set(extra)) {
    if (name == "norm")
      with.ord = taken(bound, extra, to_number);
    else
      with.ddof = taken(bound, extra, to_integer);
  }
  return make(reduce(name, x, with));
}

}  // namespace

void add_elementwise_functions(FunctionTable& table) {
  for (const FunctionInfo& info : elementwise_functions()) {
    const std::string name(info.name);
    table.try_emplace(name,
                      Function{name, "elementwise", summary_of(info), operands_of(name, info.arity),
                               [name](const Context&, const Bound& bound) { return elementwise_call(name, bound); }});
  }
  for (const auto& [alias, name] : aliases)
    if (const auto at = table.find(name); at != table.end()) {
      Function function = at->second;
      function.name = alias;
      function.summary = "the same as " + std::string(name);
      table.try_emplace(std::string(alias), std::move(function));
    }
}

void add_reduction_functions(FunctionTable& table) {
  for (const FunctionInfo& info : reduction_functions()) {
    const std::string name(info.name);
    table.try_emplace(name,
                      Function{name, "reduction", std::string(info.summary), parameters_of(name),
                               [name](const Context&, const Bound& bound) { return reduction_call(name, bound); }});
  }
}

}  // namespace fovea::language
