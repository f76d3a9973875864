#include "fetch/url.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>

#include <algorithm>
#include <memory>

#include "base/text.h"
#include "fetch/address.h"

namespace fovea::fetch {
namespace {

constexpr std::size_t max_length = 16'384;

using Handle = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

Error refused(const std::string& got) {
  return Error(Errc::url_refused, got);
}

std::string part(const Handle& handle, CURLUPart what, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(handle.get(), what, &text, flags) != CURLUE_OK) return {};
  const std::unique_ptr<char, decltype(&curl_free)> owned(text, &curl_free);
  return text;
}

// What parsers are known to read differently: a backslash as a slash or not, an encoded or non-ASCII host decoded or
// not.
const char* ambiguity(std::string_view text) {
  if (text.size() > max_length) return "one longer than 16384 bytes";
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return "one with control characters";
  if (text.substr(0, text.find_first_of("?#")).find('\\') != text.npos) return "one with a backslash";
  // A host follows "//" at the start or behind a scheme; in a path or query it is none.
  const std::size_t scheme = text.find_first_of(":/?#");
  const std::size_t authority = scheme != text.npos && text[scheme] == ':' ? scheme + 1 : 0;
  if (text.substr(authority, 2) != "//") return nullptr;
  std::string_view host = text.substr(authority + 2);
  host = host.substr(0, host.find_first_of("/?#"));
  host = host.substr(host.rfind('@') + 1);
  for (const char c : host)
    if (static_cast<unsigned char>(c) > 0x7e || c == '%' || c == ' ')
      return "one whose host is not in plain ASCII (write it as xn--…)";
  return nullptr;
}

bool plain_host(std::string_view host) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
  };
  const auto literal = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == ':' || c == '.'; };
  if (host.starts_with('[')) return host.ends_with(']') && std::all_of(host.begin() + 1, host.end() - 1, literal);
  return !host.empty() && std::all_of(host.begin(), host.end(), plain);
}

Result<Url> taken_apart(const Handle& handle) {
  Url url;
  curl_url_set(handle.get(), CURLUPART_FRAGMENT, nullptr, 0);
  url.scheme = part(handle, CURLUPART_SCHEME);
  if (url.scheme != "http" && url.scheme != "https") return refused("the scheme " + shown(url.scheme));
  url.host = part(handle, CURLUPART_HOST);
  std::transform(url.host.begin(), url.host.end(), url.host.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (!plain_host(url.host) || curl_url_set(handle.get(), CURLUPART_HOST, url.host.c_str(), 0) != CURLUE_OK)
    return refused("a host that is none");
  url.text = part(handle, CURLUPART_URL);
  url.origin = url.scheme + "://" + url.host + ":" + part(handle, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  const std::string query = part(handle, CURLUPART_QUERY);
  url.target = part(handle, CURLUPART_PATH) + (query.empty() ? "" : "?" + query);
  return url;
}

Result<Url> parse(const Handle& handle, std::string_view text) {
  if (const char* what = ambiguity(text)) return refused(what);
  const CURLUcode code = curl_url_set(handle.get(), CURLUPART_URL, std::string(text).c_str(),
                                      CURLU_NON_SUPPORT_SCHEME | CURLU_URLENCODE | CURLU_ALLOW_SPACE);
  if (code != CURLUE_OK) return refused(std::string("one that cannot be read (") + curl_url_strerror(code) + ")");
  return taken_apart(handle);
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
  const Handle handle(curl_url(), &curl_url_cleanup);
  return parse(handle, text);
}

Result<Url> parse_location(const Url& base, std::string_view location) {
  const Handle handle(curl_url(), &curl_url_cleanup);
  if (curl_url_set(handle.get(), CURLUPART_URL, base.text.c_str(), 0) != CURLUE_OK) return refused("an unusable one");
  return parse(handle, location);
}

bool names_private_host(const Url& url) {
  std::string host = url.host;
  if (host.ends_with('.')) host.pop_back();
  if (host == "localhost" || host.ends_with(".localhost")) return true;
  sockaddr_in in{};
  in.sin_family = AF_INET;
  if (::inet_pton(AF_INET, host.c_str(), &in.sin_addr) == 1) return !is_public(reinterpret_cast<sockaddr*>(&in));
  sockaddr_in6 in6{};
  in6.sin6_family = AF_INET6;
  if (!host.starts_with('[')) return false;
  host = host.substr(1, host.size() - 2);
  return ::inet_pton(AF_INET6, host.c_str(), &in6.sin6_addr) != 1 || !is_public(reinterpret_cast<sockaddr*>(&in6));
}

}  // namespace fovea::fetch
