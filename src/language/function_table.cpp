#include <algorithm>
#include <mutex>

#include "language/function.h"
#include "ops/op.h"

namespace fovea::language {
namespace {

FunctionTable make_table() {
  FunctionTable table;
  add_elementwise_functions(table);
  add_reduction_functions(table);
  add_creation_functions(table);
  add_shape_functions(table);
  add_op_functions(table);
  return table;
}

}  // namespace

const FunctionTable& function_table() {
  static std::mutex mutex;
  static std::map<const ops::Registry*, FunctionTable> tables;
  std::scoped_lock lock(mutex);
  const ops::Registry* const state = &ops::registry();
  const auto at = tables.find(state);
  return at != tables.end() ? at->second : tables.emplace(state, make_table()).first->second;
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
