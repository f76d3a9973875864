#pragma once
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "fovea/error.h"
#include "value.h"

// What options do with their texts: each makes a function for CommandLine::value().
namespace fovea::cli {

inline auto integer(int& target, std::int64_t minimum, std::int64_t maximum) {
  return [&target, minimum, maximum](const std::string& text) {
    target = static_cast<int>(parse_integer(text, minimum, maximum));
  };
}
inline auto integer(std::optional<int>& target, std::int64_t minimum, std::int64_t maximum) {
  return [&target, minimum, maximum](const std::string& text) {
    target = static_cast<int>(parse_integer(text, minimum, maximum));
  };
}
inline auto wide(std::int64_t& target) {
  return
      [&target](const std::string& text) { target = parse_integer(text, 1, std::numeric_limits<std::int64_t>::max()); };
}
inline auto size(std::int64_t& target) {
  return [&target](const std::string& text) { target = parse_size(text); };
}
inline auto numbers(std::optional<std::vector<float>>& target) {
  return [&target](const std::string& text) { target = parse_numbers(text); };
}
inline auto positive(double& target) {
  return [&target](const std::string& text) {
    const std::vector<float> values = parse_numbers(text);
    if (values.size() != 1 || !(values[0] > 0))
      throw Error(Errc::invalid_argument, "expected a number above 0, got '" + text + "'");
    target = values[0];
  };
}
inline auto not_negative(double& target) {
  return [&target](const std::string& text) {
    const std::vector<float> values = parse_numbers(text);
    if (values.size() != 1 || !(values[0] >= 0))
      throw Error(Errc::invalid_argument, "expected a number of at least 0, got '" + text + "'");
    target = values[0];
  };
}
inline auto percent(std::optional<double>& target) {
  return [&target](const std::string& text) { target = parse_percent(text); };
}
inline auto file_name(std::string& target) {
  return [&target](const std::string& text) {
    if (text.empty()) throw Error(Errc::invalid_argument, "expected a name, got an empty text");
    target = text;
  };
}

}  // namespace fovea::cli
