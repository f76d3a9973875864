#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "base/text.h"
#include "fovea/fetch.h"

namespace fovea {
namespace {

constexpr std::array<std::string_view, 12> secret_parts{"token",   "signature",  "secret", "password",
                                                        "passwd",  "credential", "apikey", "accesskey",
                                                        "session", "jwt",        "auth",   "bearer"};
constexpr std::array<std::string_view, 7> secret_words{"key", "sig", "pwd", "pass", "hmac", "user", "login"};

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = static_cast<char>(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// Decoded, in lower case, with one mark between words.
std::string plain_name(std::string_view name) {
  std::string plain;
  for (std::size_t i = 0; i < name.size(); ++i) {
    char c = name[i];
    if (c == '%' && i + 2 < name.size() && hex_digit(name[i + 1]) >= 0 && hex_digit(name[i + 2]) >= 0) {
      c = static_cast<char>(hex_digit(name[i + 1]) * 16 + hex_digit(name[i + 2]));
      i += 2;
    }
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    plain += (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '_';
  }
  return plain;
}

bool is_secret(std::string_view name) {
  const std::string words = "_" + plain_name(name) + "_";
  std::string joined = words;
  std::erase(joined, '_');
  return std::any_of(secret_parts.begin(), secret_parts.end(),
                     [&](std::string_view part) { return joined.find(part) != joined.npos; }) ||
         std::any_of(secret_words.begin(), secret_words.end(),
                     [&](std::string_view word) { return words.find("_" + std::string(word) + "_") != words.npos; });
}

std::string masked(std::string_view query) {
  std::string text;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find_first_of("&;"), query.size());
    const std::string_view field = query.substr(0, end);
    const std::size_t equals = field.find('=');
    if (equals != field.npos && is_secret(field.substr(0, equals)))
      text.append(field.substr(0, equals)).append("=***");
    else
      text.append(field);
    if (end < query.size()) text += query[end];
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return text;
}

bool can_be_read(const std::string& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), &curl_url_cleanup);
  return parsed && curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(),
                                CURLU_NON_SUPPORT_SCHEME | CURLU_ALLOW_SPACE | CURLU_URLENCODE) == CURLUE_OK;
}

}  // namespace

std::string public_url(const std::string& url) {
  std::string_view rest = url;
  const std::size_t scheme = rest.find("://");
  std::string text(rest.substr(0, scheme == rest.npos ? 0 : scheme + 3));
  rest.remove_prefix(text.size());
  // In an address that cannot be read a password may reach beyond what looks like the host.
  const std::size_t authority = can_be_read(url) ? rest.find_first_of("/?#") : rest.npos;
  const std::size_t at = rest.substr(0, authority).rfind('@');
  if (at != rest.npos) rest.remove_prefix(at + 1);
  rest = rest.substr(0, rest.find('#'));
  const std::size_t query = rest.find('?');
  text.append(rest.substr(0, query));
  if (query != rest.npos) text.append("?").append(masked(rest.substr(query + 1)));
  return escaped(text);
}

}  // namespace fovea
