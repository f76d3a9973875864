#include "pipeline/input/braces.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/text.h"
#include "fovea/error.h"

namespace fovea::pipeline {
namespace {

constexpr std::size_t most_names = 1'000'000;

Error too_many(const std::string& pattern) {
  return Error(Errc::invalid_argument,
               "inputs: expected at most " + std::to_string(most_names) + " names, got more from " + shown(pattern));
}

std::optional<long> number(const std::string& text) {
  long value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || end != text.data() + text.size() || value < 0 || text.size() > 9) return std::nullopt;
  return value;
}

// The words of a group's inside; nothing when it is no group.
std::vector<std::string> words_of(const std::string& inside, const std::string& pattern) {
  std::vector<std::string> words;
  if (const std::size_t dots = inside.find(".."); dots != inside.npos) {
    const std::string low = inside.substr(0, dots), high = inside.substr(dots + 2);
    const std::optional<long> first = number(low), last = number(high);
    if (!first || !last || *first > *last) return {};
    if (static_cast<std::size_t>(*last - *first) >= most_names) throw too_many(pattern);
    const std::size_t digits = low.starts_with('0') || high.starts_with('0') ? std::max(low.size(), high.size()) : 0;
    for (long value = *first; value <= *last; ++value) {
      std::string text = std::to_string(value);
      if (text.size() < digits) text.insert(0, digits - text.size(), '0');
      words.push_back(std::move(text));
    }
    return words;
  }
  if (inside.find(',') == inside.npos) return {};
  for (std::size_t begin = 0; begin <= inside.size();) {
    const std::size_t end = std::min(inside.find(',', begin), inside.size());
    words.push_back(inside.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

}  // namespace

std::vector<std::string> expand_braces(const std::string& pattern) {
  std::vector<std::string> names{""};
  for (std::size_t at = 0; at < pattern.size();) {
    const std::size_t open = pattern.find('{', at);
    const std::size_t close = open == pattern.npos ? open : pattern.find('}', open);
    if (close == pattern.npos) {
      for (std::string& name : names) name += pattern.substr(at);
      break;
    }
    std::vector<std::string> words = words_of(pattern.substr(open + 1, close - open - 1), pattern);
    if (words.empty()) words = {pattern.substr(open, close + 1 - open)};
    if (names.size() * words.size() > most_names) throw too_many(pattern);
    std::vector<std::string> longer;
    longer.reserve(names.size() * words.size());
    for (const std::string& name : names)
      for (const std::string& word : words) longer.push_back(name + pattern.substr(at, open - at) + word);
    names = std::move(longer);
    at = close + 1;
  }
  return names;
}

}  // namespace fovea::pipeline
