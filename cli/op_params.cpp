#include "op_params.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "value.h"

namespace fovea::cli {
namespace {

using ops::ParamInfo;

template <class T>
bool holds(const ParamInfo& info) {
  return std::holds_alternative<T>(info.fallback);
}

bool ranged(const ParamInfo& info) {
  return info.min != info.max;
}

bool required(const ParamInfo& info) {
  const auto outside = [&](double value) { return ranged(info) && (value < info.min || value > info.max); };
  if (const auto* whole = std::get_if<std::int64_t>(&info.fallback)) return outside(static_cast<double>(*whole));
  if (const auto* value = std::get_if<double>(&info.fallback)) return outside(*value);
  return false;
}

double parse_number(const ParamInfo& info, std::string_view text, std::string_view wanted) {
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || end != text.data() + text.size() || !std::isfinite(value) ||
      (ranged(info) && (value < info.min || value > info.max)))
    throw Error(Errc::invalid_argument,
                fmt::format("expected {}{}, got '{}'", wanted,
                            ranged(info) ? fmt::format(" from {} to {}", info.min, info.max) : "", text));
  return value;
}

std::vector<double> parse_list(const ParamInfo& info, std::string_view text) {
  std::vector<double> values;
  while (true) {
    const auto comma = text.find(',');
    values.push_back(parse_number(info, text.substr(0, comma), "numbers separated by commas"));
    if (comma == text.npos) return values;
    text.remove_prefix(comma + 1);
  }
}

ops::Value parse_value(const ParamInfo& info, const std::string& text) {
  if (holds<std::int64_t>(info)) {
    using Limits = std::numeric_limits<std::int64_t>;
    return parse_integer(text, ranged(info) ? static_cast<std::int64_t>(info.min) : Limits::min(),
                         ranged(info) ? static_cast<std::int64_t>(info.max) : Limits::max());
  }
  if (holds<double>(info)) return parse_number(info, text, "a number");
  if (holds<std::vector<double>>(info)) return parse_list(info, text);
  if (!info.choices.empty() && std::find(info.choices.begin(), info.choices.end(), text) == info.choices.end())
    throw Error(Errc::invalid_argument,
                fmt::format("expected one of {}, got '{}'", fmt::join(info.choices, ", "), text));
  return text;
}

std::string placeholder_of(const ParamInfo& info) {
  if (holds<std::int64_t>(info)) return "N";
  if (holds<double>(info)) return "X";
  return holds<std::string>(info) ? "NAME" : "X,X,...";
}

std::string help_of(const ParamInfo& info) {
  std::string text = info.help;
  if (ranged(info)) text += ": " + values_of(info);
  if (!info.choices.empty()) text += fmt::format(": {}", fmt::join(info.choices, "|"));
  return fmt::format("{} [{}]", text, default_of(info));
}

}  // namespace

std::string type_of(const ParamInfo& info) {
  if (holds<bool>(info)) return "yes or no";
  if (holds<std::int64_t>(info)) return "integer";
  if (holds<double>(info)) return "number";
  return holds<std::string>(info) ? "text" : "list of numbers";
}

std::string default_of(const ParamInfo& info) {
  if (required(info)) return "required";
  if (const auto* yes = std::get_if<bool>(&info.fallback)) return *yes ? "yes" : "no";
  if (const auto* whole = std::get_if<std::int64_t>(&info.fallback)) return std::to_string(*whole);
  if (const auto* value = std::get_if<double>(&info.fallback)) return fmt::format("{}", *value);
  if (const auto* text = std::get_if<std::string>(&info.fallback)) return *text;
  return fmt::format("{}", fmt::join(std::get<std::vector<double>>(info.fallback), ","));
}

std::string values_of(const ParamInfo& info) {
  if (ranged(info)) return fmt::format("{} to {}", info.min, info.max);
  return fmt::format("{}", fmt::join(info.choices, ", "));
}

ParamOptions::ParamOptions(const ops::OpInfo& op, CommandLine& line) : line_(line) {
  for (const ParamInfo& info : op.params) {
    if (holds<bool>(info)) {
      Switch& target = switches_[info.name];
      line.flag("--" + info.name, help_of(info), target.on);
      line.flag("--no-" + info.name, "the opposite of --" + info.name, target.off);
      continue;
    }
    line.value("--" + info.name, placeholder_of(info), help_of(info),
               [this, info](const std::string& text) { values_[info.name] = parse_value(info, text); });
  }
}

ops::Params ParamOptions::params() const {
  ops::Params params = values_;
  for (const auto& [name, given] : switches_) {
    if (given.on && given.off)
      throw line_.usage_error(fmt::format("expected one of --{0} and --no-{0}, got both", name));
    if (given.on || given.off) params[name] = given.on;
  }
  return params;
}

}  // namespace fovea::cli
