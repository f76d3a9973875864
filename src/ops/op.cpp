#include "ops/op.h"

#include <cmath>

namespace fovea::ops {
namespace {

[[noreturn]] void refuse(const Op& op, const std::string& param, const std::string& expected) {
  throw Error(Errc::invalid_argument, std::string(op.name) + ": " + param + ": expected " + expected);
}

std::string number(double value) {
  std::string text = std::to_string(value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

void check_range(const Op& op, const ParamInfo& info, double value) {
  if (!std::isfinite(value) || (info.min != info.max && (value < info.min || value > info.max)))
    refuse(op, info.name,
           info.min == info.max ? "a finite number, got " + number(value)
                                : number(info.min) + " to " + number(info.max) + ", got " + number(value));
}

}  // namespace

void require(bool condition, std::string_view op, const std::string& message) {
  if (!condition) throw Error(Errc::invalid_argument, std::string(op) + ": " + message);
}

void refuse_unknown(const Op& op, const Params& params) {
  for (const auto& [key, value] : params) {
    bool known = false;
    for (const ParamInfo& info : op.params) known |= info.name == key;
    if (!known)
      throw Error(Errc::invalid_argument, std::string(op.name) + ": " + key + ": there is no parameter of this name");
  }
}

void read_param(const Op& op, const ParamInfo& info, const Params& params, void* member) {
  auto at = params.find(info.name);
  if (at == params.end()) return;
  const Value& value = at->second;
  if (std::holds_alternative<bool>(info.fallback)) {
    const bool* given = std::get_if<bool>(&value);
    if (!given) refuse(op, info.name, "true or false");
    *static_cast<bool*>(member) = *given;
  } else if (std::holds_alternative<std::int64_t>(info.fallback)) {
    const auto* given = std::get_if<std::int64_t>(&value);
    if (!given) refuse(op, info.name, "a whole number");
    check_range(op, info, static_cast<double>(*given));
    *static_cast<std::int64_t*>(member) = *given;
  } else if (std::holds_alternative<double>(info.fallback)) {
    const auto* whole = std::get_if<std::int64_t>(&value);
    const auto* given = std::get_if<double>(&value);
    if (!given && !whole) refuse(op, info.name, "a number");
    const double v = given ? *given : static_cast<double>(*whole);
    check_range(op, info, v);
    *static_cast<double*>(member) = v;
  } else if (std::holds_alternative<std::string>(info.fallback)) {
    const auto* given = std::get_if<std::string>(&value);
    bool known = given && info.choices.empty();
    std::string list;
    for (const std::string& choice : info.choices) {
      known |= given && choice == *given;
      list += (list.empty() ? "" : ", ") + choice;
    }
    if (!known)
      refuse(op, info.name, (info.choices.empty() ? "text" : "one of " + list) + (given ? ", got " + *given : ""));
    *static_cast<std::string*>(member) = *given;
  } else {
    const auto* given = std::get_if<std::vector<double>>(&value);
    if (!given) refuse(op, info.name, "a list of numbers");
    for (double v : *given) check_range(op, info, v);
    *static_cast<std::vector<double>*>(member) = *given;
  }
}

Shape stored_shape(const TensorSpec& spec) {
  if (spec.block == 1) return spec.shape;
  return {spec.shape[0], (spec.shape[1] + spec.block - 1) / spec.block, spec.shape[2], spec.shape[3], spec.block};
}

}  // namespace fovea::ops
