#include <algorithm>

#include "language/function.h"

namespace fovea::language {

const FunctionTable& function_table() {
  static const FunctionTable table = [] {
    FunctionTable t;
    add_elementwise_functions(t);
    add_reduction_functions(t);
    add_creation_functions(t);
    add_shape_functions(t);
    add_op_functions(t);
    return t;
  }();
  return table;
}

std::string usage(const Function& function) {
  std::string text = function.name + "(";
  for (std::size_t k = 0; k < function.parameters.size(); ++k) {
    const Parameter& p = function.parameters[k];
    text += (k ? ", " : "") + p.name + (p.rest ? "..." : "") + (p.fallback.empty() ? "" : "=" + p.fallback);
  }
  return text + ")";
}

std::vector<FunctionHelp> functions() {
  std::vector<FunctionHelp> result;
  for (const auto& [name, function] : function_table())
    result.push_back({name, function.group, usage(function), function.summary});
  const auto rank = [](const FunctionHelp& f) { return std::string_view("erao").find(f.group[0]); };
  std::stable_sort(result.begin(), result.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  return result;
}

}  // namespace fovea::language
