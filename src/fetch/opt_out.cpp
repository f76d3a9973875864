#include "fetch/opt_out.h"

#include <algorithm>
#include <array>

namespace fovea::fetch {
namespace {

constexpr std::array<std::string_view, 6> words{"noindex", "noimageindex", "none", "noai", "noimageai", "noml"};
// These have a value behind a colon; before any other colon stands the name of a program.
constexpr std::array<std::string_view, 4> valued{"unavailable_after", "max-snippet", "max-image-preview",
                                                 "max-video-preview"};

template <class List>
bool contains(const List& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return result;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\"'");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\"'") - first + 1);
}

// A date that was cut at its comma has a colon, too.
bool may_be_name(std::string_view text) {
  return text == "*" ||
         (!text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.") == text.npos);
}

}  // namespace

std::string robots_name(std::string_view user_agent) {
  return lower(user_agent.substr(0, user_agent.find_first_of("/ (;\t")));
}

bool opts_out(const std::vector<std::string>& tags, std::string_view name) {
  for (const std::string& tag : tags) {
    const std::string text = lower(tag);
    std::string_view rest = text;
    bool ours = true;  // a program's name holds for what follows it in the value
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find_first_of(",;"), rest.size());
      std::string_view rule = trimmed(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      const std::size_t colon = rule.find(':');
      const std::string_view before = trimmed(rule.substr(0, colon));
      if (contains(valued, before)) continue;
      if (colon != rule.npos && may_be_name(before)) {
        ours = before == name || before == "*";
        rule = trimmed(rule.substr(colon + 1));
      }
      if (ours && contains(words, rule)) return true;
    }
  }
  return false;
}

}  // namespace fovea::fetch
