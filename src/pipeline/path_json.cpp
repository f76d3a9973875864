#include "pipeline/path_json.h"

#include <algorithm>
#include <cstring>

namespace fovea::pipeline {
namespace {

bool is_lone_surrogate(std::string_view escape) {
  return escape.size() >= 6 && escape.substr(0, 4) == "\\udc" && escape[4] >= '8';
}

}  // namespace

std::string parsable_json(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t plain = std::min(text.find('\\'), text.size());
    result += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const bool high = text.size() >= 12 && text.substr(0, 3) == "\\ud" && std::strchr("89ab", text[3]) != nullptr;
    const std::string_view escape = text.substr(0, high ? 12 : text.size() > 1 && text[1] == 'u' ? 6 : 2);
    if (!high && is_lone_surrogate(escape))
      result.append("\\u0000\\u00").append(escape.substr(4, 2));
    else
      result += escape;
    text.remove_prefix(escape.size());
  }
  return result;
}

std::string path_bytes(const std::string& path) {
  std::string bytes;
  for (std::size_t i = 0; i < path.size(); ++i) {
    // U+0080 to U+00FF begin with C2 or C3 in UTF-8.
    if (path[i] != '\0' || i + 2 >= path.size() || (static_cast<unsigned char>(path[i + 1]) & 0xFE) != 0xC2) {
      bytes += path[i];
      continue;
    }
    bytes += static_cast<char>((path[i + 1] & 3) << 6 | (path[i + 2] & 63));
    i += 2;
  }
  return bytes;
}

}  // namespace fovea::pipeline
