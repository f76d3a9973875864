#include "ops/plugin/declaration.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/text.h"

namespace fovea::ops {
namespace {

constexpr std::size_t longest_name = 64;

// Words that `fovea op run` and the language of eval keep for themselves.
constexpr std::string_view reserved[] = {
    "and",  "as",     "assert", "async",    "await", "break",  "class",   "continue", "def",    "del",
    "elif", "else",   "except", "finally",  "for",   "from",   "global",  "if",       "import", "in",
    "is",   "lambda", "not",    "nonlocal", "or",    "pass",   "raise",   "return",   "try",    "while",
    "with", "yield",  "output", "quiet",    "help",  "plugin", "profile", "trace"};

// What is wrong with the declaration of `where`, an op or one of its parameters.
[[noreturn]] void refuse(const std::string& where, const std::string& message) {
  throw Error(Errc::invalid_argument, "plug-in: " + where + ": " + message);
}

bool valid_name(std::string_view name) {
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto any = [&](char c) { return lower(c) || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && name.size() <= longest_name && lower(name.front()) &&
         std::all_of(name.begin(), name.end(), any) &&
         std::find(std::begin(reserved), std::end(reserved), name) == std::end(reserved);
}

void check_name(const std::string& where, const char* name) {
  if (!name) refuse(where, "expected a name, got null");
  if (!valid_name(name))
    refuse(where, "expected a name of a-z, 0-9 and _ that is no reserved word, got " + shown(name));
}

std::string line_of(const std::string& where, const char* what, const char* text) {
  if (!text || !*text) refuse(where, std::string("expected a ") + what + ", got none");
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  const std::string line = text;
  if (std::any_of(line.begin(), line.end(), control)) refuse(where, std::string("expected a ") + what + " of one line");
  return line;
}

template <class Structure>
void check_size(const std::string& where, const Structure* structure) {
  if (!structure) refuse(where, "expected its declaration, got null");
  if (structure->size < sizeof(Structure))
    throw Error(Errc::unsupported, "plug-in: " + where + ": expected a structure of " +
                                       std::to_string(sizeof(Structure)) + " bytes, got " +
                                       std::to_string(structure->size) + "; set its size to sizeof");
}

Value fallback_of(const std::string& where, const fovea_param& param) {
  const fovea_value& v = param.fallback;
  switch (param.type) {
    case FOVEA_PARAM_BOOL:
      return v.integer != 0;
    case FOVEA_PARAM_INTEGER:
      return v.integer;
    case FOVEA_PARAM_NUMBER:
      if (!std::isfinite(v.number)) refuse(where, "expected a finite default");
      return v.number;
    case FOVEA_PARAM_TEXT:
      if (!v.text) refuse(where, "expected a default, got null");
      return std::string(v.text);
    case FOVEA_PARAM_LIST: {
      if (v.count != 0 && !v.list) refuse(where, "expected a default, got null");
      std::vector<double> list(v.list, v.list + v.count);
      if (!std::all_of(list.begin(), list.end(), [](double x) { return std::isfinite(x); }))
        refuse(where, "expected a default of finite numbers");
      return list;
    }
    default:
      refuse(where, "expected a type of 0 to 4, got " + std::to_string(param.type));
  }
}

void take_range(const std::string& where, const fovea_param& param, ParamInfo& info) {
  constexpr double exact = 9007199254740992;  // 2^53: whole numbers up to here are their doubles
  const bool numbers =
      param.type == FOVEA_PARAM_INTEGER || param.type == FOVEA_PARAM_NUMBER || param.type == FOVEA_PARAM_LIST;
  if (!std::isfinite(param.min) || !std::isfinite(param.max) || param.min > param.max)
    refuse(where, "expected a finite range, the lower end first");
  if (!numbers && param.min != param.max) refuse(where, "expected no range, for it is no number");
  if (param.type == FOVEA_PARAM_INTEGER && (std::abs(param.min) > exact || std::abs(param.max) > exact))
    refuse(where, "expected a range within 2^53");
  info.min = param.min, info.max = param.max;
}

void take_choices(const std::string& where, const fovea_param& param, ParamInfo& info) {
  if (!param.choices) return;
  if (param.type != FOVEA_PARAM_TEXT) refuse(where, "expected no choices, for it is no text");
  for (const char* const* choice = param.choices; *choice; ++choice)
    info.choices.push_back(line_of(where, "choice", *choice));
  const auto& fallback = std::get<std::string>(info.fallback);
  if (std::find(info.choices.begin(), info.choices.end(), fallback) == info.choices.end())
    refuse(where, "expected a default that is one of its choices, got " + shown(fallback));
}

ParamInfo info_of(const std::string& op, const fovea_param* param) {
  check_size(op + ": a parameter", param);
  check_name(op + ": a parameter", param->name);
  const std::string where = op + ": " + param->name;
  ParamInfo info{param->name, line_of(where, "help", param->help), fallback_of(where, *param), 0, 0, {}};
  take_range(where, *param, info);
  take_choices(where, *param, info);
  return info;
}

std::vector<std::string> inputs_of(const std::string& op, const char* const* names) {
  std::vector<std::string> inputs;
  bool optional = false;
  for (; names && *names; ++names) {
    std::string name = *names;
    const bool may_lack = name.ends_with('?');
    check_name(op + ": an input", (may_lack ? name.substr(0, name.size() - 1) : name).c_str());
    if (optional && !may_lack) refuse(op, "expected optional inputs last, got " + name + " behind one");
    optional = may_lack;
    inputs.push_back(std::move(name));
  }
  return inputs;
}

// Inputs and parameters are the keywords of one call.
void check_distinct(const Op& op) {
  std::set<std::string> seen;
  const auto add = [&](std::string name) {
    if (name.ends_with('?')) name.pop_back();
    if (!seen.insert(name).second) refuse(std::string(op.name), "expected names that differ, got " + name + " twice");
  };
  for (const std::string& input : op.inputs) add(input);
  for (const ParamInfo& param : op.params) add(param.name);
}

}  // namespace

void check_abi(const fovea_plugin& plugin) {
  if (plugin.abi != FOVEA_OP_ABI)
    throw Error(Errc::unsupported, "plug-in: expected one made for version " + std::to_string(FOVEA_OP_ABI) +
                                       " of fovea_op.h, got version " + std::to_string(plugin.abi) +
                                       (plugin.abi < FOVEA_OP_ABI ? "; rebuild it with this Fovea's header"
                                                                  : "; this Fovea is too old for it"));
  check_size("its ops", &plugin);
  if (!plugin.ops || !*plugin.ops) refuse("its ops", "expected at least one, got none");
}

Op declared_op(const fovea_op& declared) {
  check_size("an op", &declared);
  check_name("an op", declared.name);
  const std::string name = declared.name;
  if (!declared.infer) refuse(name, "expected a function infer, got null");
  if (!declared.run_cpu && !declared.run_cuda) refuse(name, "expected a body for the cpu or for CUDA, got none");
  if (declared.flags & ~std::uint32_t{FOVEA_OP_STRIDED})
    refuse(name, "expected flags of this version, got " + std::to_string(declared.flags));
  line_of(name, "summary", declared.summary);
  Op op{declared.name, declared.summary, inputs_of(name, declared.inputs)};
  for (const fovea_param* const* param = declared.params; param && *param; ++param)
    op.params.push_back(info_of(name, *param));
  check_distinct(op);
  op.strided = (declared.flags & FOVEA_OP_STRIDED) != 0;
  op.plugin = &declared;
  return op;
}

}  // namespace fovea::ops
