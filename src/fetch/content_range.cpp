#include "fetch/content_range.h"

#include <charconv>

namespace fovea::fetch {
namespace {

bool take(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

bool take_number(std::string_view& text, std::int64_t& value) {
  if (text.starts_with('-')) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return error == std::errc();
}

}  // namespace

std::optional<ContentRange> parse_content_range(std::string_view text) {
  ContentRange range;
  std::int64_t last = -1;
  if (!take(text, "bytes ")) return std::nullopt;
  if (!take(text, "*") &&
      !(take_number(text, range.first) && take(text, "-") && take_number(text, last) && last >= range.first))
    return std::nullopt;
  if (!take(text, "/") || !take_number(text, range.whole) || !text.empty() || last >= range.whole) return std::nullopt;
  if (last >= 0) range.count = last - range.first + 1;
  return range;
}

}  // namespace fovea::fetch
