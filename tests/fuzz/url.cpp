#include "fetch/url.h"

#include <netdb.h>
#include <netinet/in.h>

#include <cstdint>
#include <cstdlib>
#include <memory>

#include "fetch/address.h"
#include "fovea/fetch.h"

// Any text is a URL or refused. What is accepted reads as itself; its host is refused wherever the C library reads it
// as an address that is not public; and its public form has neither credentials nor control characters.
namespace {

using namespace fovea;
using fetch::Url;

void check(bool holds) {
  if (!holds) std::abort();
}

void check_host(const Url& url) {
  const bool six = url.host.starts_with('[');
  const std::string host = six ? url.host.substr(1, url.host.size() - 2) : url.host;
  addrinfo hints{}, *found = nullptr;
  hints.ai_flags = AI_NUMERICHOST;
  hints.ai_socktype = SOCK_STREAM;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return;
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, &::freeaddrinfo);
  for (; found; found = found->ai_next) check(fetch::is_public(found->ai_addr) || fetch::names_private_host(url));
}

void check_url(const Url& url) {
  check(url.scheme == "http" || url.scheme == "https");
  check(url.text.starts_with(url.scheme + "://") && url.target.starts_with('/'));
  check(url.origin.starts_with(url.scheme + "://" + url.host + ":"));
  const Result<Url> again = fetch::parse_url(url.text);
  check(static_cast<bool>(again));
  check(again.value().text == url.text && again.value().host == url.host && again.value().origin == url.origin &&
        again.value().target == url.target);
  check_host(url);
}

}  // namespace

// The text ends at a NUL; behind it stands what a Location header says.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string all(reinterpret_cast<const char*>(data), size), text = all.substr(0, all.find('\0'));
  for (const char c : public_url(text)) check(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  const Result<Url> url = fetch::parse_url(text);
  if (!url) return 0;
  check_url(url.value());
  const std::string seen = public_url(url.value().text);
  const std::size_t host = seen.find("://") + 3;
  check(seen.substr(host, seen.find_first_of("/?#", host) - host).find('@') == seen.npos);
  if (text.size() == all.size()) return 0;
  const Result<Url> location = fetch::parse_location(url.value(), all.substr(text.size() + 1));
  if (location) check_url(location.value());
  return 0;
}
