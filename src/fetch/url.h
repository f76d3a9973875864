#pragma once
#include <string>
#include <string_view>

#include "fovea/error.h"

namespace fovea::fetch {

// An address that may be asked for: http or https, a host in plain ASCII, nothing that two parsers read differently.
struct Url {
  std::string text;    // normalised, with credentials, without the fragment
  std::string scheme;  // http or https
  std::string host;    // lower case; numbers in any spelling as dotted decimal; IPv6 in brackets
  std::string origin;  // scheme://host:port
  std::string target;  // path and query
};

// Errors: url_refused, whose message is what it is instead of an http or https address.
Result<Url> parse_url(std::string_view text);

// What a Location header means that came from `base`. Errors: url_refused.
Result<Url> parse_location(const Url& base, std::string_view location);

// Whether the host is a literal address that address_allowed() refuses, or a name that is always the machine itself.
bool names_private_host(const Url&);

}  // namespace fovea::fetch
