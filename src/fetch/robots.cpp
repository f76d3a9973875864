#include "fetch/robots.h"

#include <algorithm>
#include <array>

namespace fovea::fetch {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool same(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool unreserved(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

void append_encoded(std::string& text, unsigned char c) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  text += '%';
  text += digits[c >> 4];
  text += digits[c & 15];
}

// One spelling for all: what needs no encoding is plain, bytes beyond ASCII are encoded, digits are upper case.
std::string one_spelling(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto c = static_cast<unsigned char>(text[i]);
    if (c == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
      c = static_cast<unsigned char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
      if (unreserved(c))
        result += static_cast<char>(c);
      else
        append_encoded(result, c);
    } else if (c > 0x7e || c <= 0x20) {
      append_encoded(result, c);
    } else {
      result += static_cast<char>(c);
    }
  }
  return result;
}

// What stands for itself in a target is a rule's special character, and must not be taken for one.
std::string with_literal(std::string text, char special, std::string_view spelled) {
  for (std::size_t at = 0; (at = text.find(special, at)) != text.npos; at += spelled.size())
    text.replace(at, 1, spelled);
  return text;
}

// '*' stands for any bytes, a '$' at the end for the target's end. Takes time of at most pattern times target.
bool fits(std::string_view pattern, std::string_view target) {
  const bool to_end = pattern.ends_with('$');
  if (to_end) pattern.remove_suffix(1);
  std::size_t p = 0, t = 0, star = pattern.npos, star_target = 0;
  while (true) {
    if (p == pattern.size() && (!to_end || t == target.size())) return true;
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_target = t;
    } else if (p < pattern.size() && t < target.size() && pattern[p] == target[t]) {
      ++p;
      ++t;
    } else if (star != pattern.npos && star_target < target.size()) {
      p = star + 1;
      t = ++star_target;
    } else {
      return false;
    }
  }
}

struct Line {
  std::string_view key, value;
};

Line next_line(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  line = line.substr(0, line.find('#'));
  const std::size_t colon = line.find(':');
  if (colon == line.npos) return {};
  return {trimmed(line.substr(0, colon)), trimmed(line.substr(colon + 1))};
}

// "fovea/1.0" and "Fovea bot" name fovea.
std::string_view product(std::string_view agent) {
  const auto of_name = [](char c) { return (lower(c) >= 'a' && lower(c) <= 'z') || c == '-' || c == '_'; };
  return agent.substr(0,
                      static_cast<std::size_t>(std::find_if_not(agent.begin(), agent.end(), of_name) - agent.begin()));
}

}  // namespace

RobotsRules::RobotsRules(std::string_view text, std::string_view name) {
  std::vector<Rule> for_all;
  bool named_once = false;                        // some group is for this program by name
  bool named = false, all = false, head = false;  // of the group that is being read
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  while (!text.empty()) {
    const Line line = next_line(text);
    if (same(line.key, "user-agent")) {
      if (!head) named = all = false;
      head = true;
      all = all || line.value.starts_with('*');
      named = named || (!name.empty() && same(product(line.value), name));
      named_once = named_once || named;
    } else if (same(line.key, "allow") || same(line.key, "disallow")) {
      head = false;
      if (line.value.empty()) continue;
      std::string pattern = one_spelling(line.value);
      const bool to_end = pattern.ends_with('$');  // elsewhere a '$' is one
      if (to_end) pattern.pop_back();
      pattern = with_literal(std::move(pattern), '$', "%24");
      if (to_end) pattern += '$';
      const Rule rule{std::move(pattern), same(line.key, "allow")};
      if (named) rules_.push_back(rule);
      if (all) for_all.push_back(rule);
    }
  }
  if (!named_once) rules_ = std::move(for_all);
  for (const Rule& rule : rules_) bytes_ += sizeof(Rule) + rule.pattern.size();
}

bool RobotsRules::allows(std::string_view target) const {
  if (target == "/robots.txt") return true;
  const std::string spelled = with_literal(with_literal(one_spelling(target), '*', "%2A"), '$', "%24");
  std::size_t longest = 0;
  bool allowed = true;
  for (const Rule& rule : rules_) {
    const std::size_t length = rule.pattern.size();
    if (length < longest || (length == longest && allowed) || !fits(rule.pattern, spelled)) continue;
    longest = length;
    allowed = rule.allow;
  }
  return allowed;
}

}  // namespace fovea::fetch
