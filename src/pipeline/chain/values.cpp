#include "pipeline/chain/values.h"

#include <charconv>
#include <cmath>

#include "fovea/suggestion.h"

namespace fovea::pipeline {
namespace {

Error expected(const Word& text, const std::string& what) {
  return refusal(text.at, "expected " + what + ", got '" + text.text + "'");
}

template <class T>
bool reads_as(std::string_view text, T& value) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  return code == std::errc{} && end == text.data() + text.size();
}

double read_number(const Word& text) {
  double value = 0;
  if (!reads_as(text.text, value) || !std::isfinite(value)) throw expected(text, "a number");
  return value;
}

std::vector<double> read_numbers(const Word& text) {
  std::vector<double> values;
  for (std::size_t at = 0; at <= text.text.size();) {
    const std::size_t end = std::min(text.text.find('x', at), text.text.size());
    double value = 0;
    if (!reads_as(std::string_view(text.text).substr(at, end - at), value) || !std::isfinite(value))
      throw expected(text, "numbers with x between them");
    values.push_back(value);
    at = end + 1;
  }
  return values;
}

}  // namespace

std::int64_t read_whole(const Word& text, std::int64_t least, std::int64_t most) {
  std::int64_t value = 0;
  if (!reads_as(text.text, value) || value < least || value > most)
    throw expected(text, "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return value;
}

bool read_yes(const Word& text) {
  if (text.text != "yes" && text.text != "no") throw expected(text, "yes or no");
  return text.text == "yes";
}

ops::Value read_value(const ops::ParamInfo& info, const Word& text) {
  if (std::holds_alternative<bool>(info.fallback)) return read_yes(text);
  if (std::holds_alternative<std::int64_t>(info.fallback)) {
    std::int64_t value = 0;
    if (!reads_as(text.text, value)) throw expected(text, "a whole number");
    return value;
  }
  if (std::holds_alternative<double>(info.fallback)) return read_number(text);
  if (std::holds_alternative<std::string>(info.fallback)) return text.text;
  return read_numbers(text);
}

ops::Params read_params(const StepText& step, const std::vector<ops::ParamInfo>& infos) {
  ops::Params params;
  for (const Argument& argument : step.arguments) {
    const ops::ParamInfo* info = nullptr;
    std::vector<std::string> names;
    for (const ops::ParamInfo& known : infos) {
      names.push_back(known.name);
      if (!info && (argument.name.text.empty() || argument.name.text == known.name)) info = &known;
    }
    if (!info && argument.name.text.empty())
      throw refusal(argument.value.at, "'" + step.name.text + "' has no parameters");
    if (!info)
      throw refusal(argument.name.at, "'" + step.name.text + "' has no parameter '" + argument.name.text + "'" +
                                          suggestion(argument.name.text, names));
    if (!params.emplace(info->name, read_value(*info, argument.value)).second)
      throw refusal(argument.name.at, "expected " + info->name + " once");
  }
  return params;
}

}  // namespace fovea::pipeline
