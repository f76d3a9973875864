#include "value.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "fovea/error.h"

namespace fovea::cli {
namespace {

template <class T, class... Base>
std::optional<T> number(std::string_view text, Base... base) {
  T value{};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value, base...);
  if (code != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Error unexpected(std::string_view wanted, std::string_view text) {
  return Error(Errc::invalid_argument, fmt::format("expected {}, got '{}'", wanted, text));
}

}  // namespace

std::int64_t parse_integer(const std::string& text, std::int64_t minimum, std::int64_t maximum) {
  const auto value = number<std::int64_t>(text);
  if (value && *value >= minimum && *value <= maximum) return *value;
  if (maximum == std::numeric_limits<std::int64_t>::max())
    throw unexpected(fmt::format("an integer of at least {}", minimum), text);
  throw unexpected(fmt::format("an integer from {} to {}", minimum, maximum), text);
}

std::int64_t parse_size(const std::string& text) {
  constexpr std::string_view units = "KMGT";
  std::string_view digits = text;
  int shift = 0;
  if (const auto unit = digits.empty() ? units.npos : units.find(digits.back()); unit != units.npos) {
    shift = 10 * (static_cast<int>(unit) + 1);
    digits.remove_suffix(1);
  }
  const auto value = number<std::int64_t>(digits);
  if (!value || *value < 1 || *value > (std::numeric_limits<std::int64_t>::max() >> shift))
    throw unexpected("a size in bytes such as 4096, 64K, 8M or 1G", text);
  return *value << shift;
}

std::vector<float> parse_numbers(const std::string& text) {
  std::vector<float> values;
  std::string_view rest = text;
  while (true) {
    const auto comma = rest.find(',');
    const auto value = number<float>(rest.substr(0, comma));
    if (!value || !std::isfinite(*value)) throw unexpected("numbers separated by commas", text);
    values.push_back(*value);
    if (comma == rest.npos) return values;
    rest.remove_prefix(comma + 1);
  }
}

double parse_percent(const std::string& text) {
  const auto value = number<double>(text);
  if (!value || !(*value > 0 && *value <= 100)) throw unexpected("a number above 0, to 100", text);
  return *value;
}

std::int32_t parse_colour(const std::string& text) {
  if (text == "white") return 0xFFFFFF;
  if (text == "black") return 0;
  const auto value = number<std::uint32_t>(text, 16);
  if (text.size() != 6 || !value) throw unexpected("white, black or six hexadecimal digits RRGGBB", text);
  return static_cast<std::int32_t>(*value);
}

std::string parse_choice(const std::string& text, std::initializer_list<std::string_view> choices) {
  if (std::find(choices.begin(), choices.end(), text) != choices.end()) return text;
  throw unexpected(fmt::format("one of {}", fmt::join(choices, ", ")), text);
}

DecodeScale parse_decode_scale(const std::string& text) {
  for (const DecodeScale scale : {DecodeScale::exact, DecodeScale::fast, DecodeScale::draft})
    if (text == name(scale)) return scale;
  throw unexpected("one of exact, fast, draft", text);
}

FailureBudget parse_failures(const std::string& text) {
  constexpr std::string_view wanted = "a count such as 10 or a share such as 2.5%";
  if (!text.ends_with('%')) {
    const auto count = number<std::int64_t>(text);
    if (!count || *count < 0) throw unexpected(wanted, text);
    return {count, std::nullopt, text};
  }
  const auto percent = number<double>(std::string_view(text).substr(0, text.size() - 1));
  if (!percent || !(*percent >= 0 && *percent <= 100)) throw unexpected(wanted, text);
  return {std::nullopt, *percent / 100, text};
}

}  // namespace fovea::cli
