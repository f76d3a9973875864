#pragma once
#include <optional>
#include <string>
#include <variant>

#include "fetch/answer.h"
#include "fetch/request.h"

namespace fovea::fetch {

struct Redirect {
  std::string location;
};
struct Fault {
  Error error;
  bool passing = false;               // another try may go better
  std::optional<double> retry_after;  // seconds from now, as the server asks
};
using Verdict = std::variant<Fetched, Redirect, Fault>;

// What an answer means for its request.
Verdict judge(Answer&&, const Request&, const FetchOptions&);

// `fetch URL: expected …, got WHAT`.
Error fault(Errc, const Request&, const std::string& expected, const std::string& got);

// A Retry-After header's value, seconds or a date, as seconds from now, at least 0; nothing when it is neither.
std::optional<double> retry_after_seconds(const std::string& value);

}  // namespace fovea::fetch
